#include "mqtt/inflight_table.hpp"

#include <algorithm>
#include <utility>

#include "base/random.hpp"

namespace mqtt_native::mqtt {

namespace {

constexpr size_t identifiers = 65'535;  // from 1 on
/** The row may have this many entries more than twice the open ones. */
constexpr size_t min_free_entries = 64;

bool is_publish(PacketType answer) {
  return answer == PacketType::puback || answer == PacketType::pubrec || answer == PacketType::pubcomp;
}

}  // namespace

InflightTable::InflightTable()
    : InflightTable(static_cast<uint16_t>(base::random_number() % identifiers + 1)) {}

void InflightTable::keep_publishes(bool keep) {
  keeps_publishes_ = keep;
}

uint16_t InflightTable::identifier_at(size_t index) const {
  return static_cast<uint16_t>((first_ - 1 + index) % identifiers + 1);
}

InflightTable::Entry* InflightTable::find(uint16_t identifier) {
  if (identifier == 0) return nullptr;
  const size_t index = (identifier + identifiers - first_) % identifiers;
  if (index < row_.size() && row_[index].open) return &row_[index];
  if (stragglers_.empty()) return nullptr;
  const auto straggler = stragglers_.find(identifier);
  return straggler == stragglers_.end() ? nullptr : &straggler->second.entry;
}

uint16_t InflightTable::allocate(PacketType answer, uint32_t token, bool sent) {
  const std::lock_guard lock(mutex_);
  if (open() == identifiers) return 0;
  if (row_.size() > max_row_size()) shorten();
  if (!stragglers_.empty()) skip_stragglers();
  row_.push_back({.awaited = answer, .open = true, .sent = sent, .token = token});
  in_flight_++;
  return identifier_at(row_.size() - 1);
}

/** Returns the limit of the row before another entry is added: an identifier must not occur twice. */
size_t InflightTable::max_row_size() const {
  return std::min(identifiers - 1, 2 * open() + min_free_entries);
}

/** Skips identifiers in use, with an empty entry in the row for each. */
void InflightTable::skip_stragglers() {
  while (stragglers_.contains(identifier_at(row_.size()))) {
    row_.emplace_back();
    shorten();
  }
}

/** Drops closed entries, and moves the oldest ones out of a row that is too long. */
void InflightTable::shorten() {
  drop_closed();
  while (row_.size() > max_row_size()) {
    stragglers_.emplace(first_, Straggler{std::exchange(row_.front(), {}), ++last_order_});
    drop_closed();
  }
}

/** Removes closed entries from the front of the row. */
void InflightTable::drop_closed() {
  while (!row_.empty() && !row_.front().open) {
    row_.pop_front();
    first_ = identifier_at(1);
  }
}

size_t InflightTable::entry_count() {
  const std::lock_guard lock(mutex_);
  return row_.size() + stragglers_.size();
}

bool InflightTable::window_open(size_t limit) const {
  return may_resend(limit) && open() < identifiers;
}

void InflightTable::on_sent(uint16_t identifier) {
  const std::lock_guard lock(mutex_);
  if (Entry* entry = find(identifier)) entry->sent = true;
}

void InflightTable::store_packet(uint16_t identifier, Bytes packet) {
  const std::lock_guard lock(mutex_);
  Entry* entry = find(identifier);
  if (entry == nullptr) return;
  entry->packet = std::move(packet);
  entry->sent = true;
}

void InflightTable::cancel(uint16_t identifier) {
  const std::lock_guard lock(mutex_);
  if (Entry* entry = find(identifier)) close(identifier, *entry);
}

void InflightTable::close(uint16_t identifier, Entry& entry) {
  (entry.to_resend ? to_resend_ : in_flight_)--;
  entry = {};
  if (!stragglers_.empty()) stragglers_.erase(identifier);  // an entry that has moved there
  shorten();
}

InflightTable::Outcome InflightTable::on_received(PacketType type, uint16_t identifier, uint8_t code,
                                                  BytesView packet) {
  const bool refused = code >= 0x80;
  const std::lock_guard lock(mutex_);
  Entry* entry = find(identifier);
  if (entry == nullptr || !entry->sent) return {Verdict::unknown_id};
  if (entry->to_resend) return {type == PacketType::pubrec ? Verdict::stale : Verdict::unknown_id};
  // A repeated PUBREC, which crossed the client's PUBREL, is answered again.
  const bool repeated = type == PacketType::pubrec && entry->awaited == PacketType::pubcomp && !refused;
  if (repeated) return {Verdict::expected};
  // This is allowed before PUBREC only. Between PUBREC and PUBCOMP the broker may take a new message with
  // this identifier for the same one.
  const bool lowered = type == PacketType::puback && entry->awaited == PacketType::pubrec;
  if (entry->awaited != type && !lowered)
    return {type == PacketType::pubrec ? Verdict::stale : Verdict::wrong_type};
  if (type == PacketType::pubrec && !refused) {
    entry->awaited = PacketType::pubcomp;
    entry->packet = code == 0 ? Bytes{} : Bytes(packet.begin(), packet.end());
    return {Verdict::expected};
  }
  Outcome outcome{Verdict::expected};
  outcome.completed = {entry->token, identifier};
  if (type == PacketType::pubcomp) outcome.answer = std::move(entry->packet);
  if (lowered) outcome.deviation = Deviation::puback_for_qos2;
  close(identifier, *entry);
  return outcome;
}

void InflightTable::on_connection_end() {
  const std::lock_guard lock(mutex_);
  resends_.clear();
  for (size_t index = row_.size(); index-- > 0;)
    if (end_connection(row_[index])) resends_.push_back(identifier_at(index));
  const auto older = static_cast<ptrdiff_t>(resends_.size());
  for (auto& [identifier, straggler] : stragglers_)
    if (end_connection(straggler.entry)) resends_.push_back(identifier);
  std::sort(resends_.begin() + older, resends_.end(), [this](uint16_t left, uint16_t right) {
    return stragglers_.at(left).order > stragglers_.at(right).order;
  });
  std::erase_if(stragglers_, [](const auto& straggler) { return !straggler.second.entry.open; });
  in_flight_ = 0;
  to_resend_ = resends_.size();
  shorten();
}

/** Updates an entry whose connection has ended. Returns whether it must be resent. */
bool InflightTable::end_connection(Entry& entry) const {
  const bool is_kept = entry.awaited == PacketType::pubcomp || !entry.packet.empty();
  entry.token.reset();
  entry.to_resend = entry.open && keeps_publishes_ && is_publish(entry.awaited) && is_kept;
  entry.open = entry.to_resend;
  if (!entry.open) entry.packet = {};
  return entry.open;
}

void InflightTable::forget() {
  const std::lock_guard lock(mutex_);
  first_ = identifier_at(row_.size());
  row_.clear();
  stragglers_.clear();
  resends_.clear();
  in_flight_ = to_resend_ = 0;
}

Bytes InflightTable::next_resend() {
  constexpr auto duplicate = std::byte{0x08};
  const std::lock_guard lock(mutex_);
  if (resends_.empty()) return {};
  const uint16_t identifier = resends_.back();
  resends_.pop_back();
  Entry* entry = find(identifier);
  if (entry == nullptr) return {};
  entry->to_resend = false;
  in_flight_++;
  to_resend_--;
  if (entry->awaited == PacketType::pubcomp) {
    const auto pubrel = acknowledgement(PacketType::pubrel, identifier);
    return {pubrel.begin(), pubrel.end()};
  }
  entry->packet.front() |= duplicate;
  return entry->packet;
}

}  // namespace mqtt_native::mqtt
