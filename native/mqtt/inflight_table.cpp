#include "mqtt/inflight_table.hpp"

#include <algorithm>
#include <utility>

#include "base/random.hpp"

namespace mqtt_native::mqtt {

namespace {

constexpr size_t identifiers = 65'535;  // from 1 on
/** The row may have this many entries more than twice the open ones. */
constexpr size_t min_free_entries = 64;

constexpr auto none = PacketType{};  // the awaited answer of a burnt identifier

bool is_publish(PacketType answer) {
  return answer == PacketType::puback || answer == PacketType::pubrec || answer == PacketType::pubcomp;
}

}  // namespace

InflightTable::InflightTable()
    : InflightTable(static_cast<uint16_t>(base::random_number() % identifiers + 1)) {}

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

uint16_t InflightTable::allocate(PacketType answer, uint32_t token, bool sent, bool counts) {
  const std::lock_guard lock(mutex_);
  if (open() == identifiers) return 0;
  if (row_.size() > max_row_size()) shorten();
  if (!stragglers_.empty()) skip_stragglers();
  row_.push_back({.awaited = answer, .open = true, .sent = sent, .counts = counts, .token = token});
  find_counter(row_.back())++;
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
  return may_resend(limit) && has_identifier();
}

void InflightTable::on_sent(uint16_t identifier) {
  const std::lock_guard lock(mutex_);
  if (Entry* entry = find(identifier)) entry->sent = true;
}

void InflightTable::store_packet(uint16_t identifier, Bytes packet, uint64_t position) {
  const std::lock_guard lock(mutex_);
  Entry* entry = find(identifier);
  if (entry == nullptr) return;
  entry->packet = std::move(packet);
  entry->position = position;
  entry->sent = true;
}

void InflightTable::cancel(uint16_t identifier) {
  const std::lock_guard lock(mutex_);
  if (Entry* entry = find(identifier)) close(identifier, *entry);
}

std::atomic<size_t>& InflightTable::find_counter(const Entry& entry) {
  if (!entry.counts) return uncounted_;
  return entry.to_resend ? to_resend_ : in_flight_;
}

void InflightTable::close(uint16_t identifier, Entry& entry) {
  find_counter(entry)--;
  if (!abandoned_.empty() && entry.token) abandoned_.erase(*entry.token);
  entry = {};
  if (!stragglers_.empty()) stragglers_.erase(identifier);  // an entry that has moved there
  shorten();
}

InflightTable::Outcome InflightTable::on_received(PacketType type, uint16_t identifier, uint8_t code,
                                                  BytesView packet) {
  const bool refused = code >= 0x80;
  const std::lock_guard lock(mutex_);
  Entry* entry = find(identifier);
  if (entry == nullptr || !entry->sent || entry->awaited == none) return {Verdict::unknown_id};
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
    entry->written = true;
    entry->packet = code == 0 ? Bytes{} : Bytes(packet.begin(), packet.end());
    return {Verdict::expected};
  }
  Outcome outcome{Verdict::expected};
  outcome.completed = {entry->token, identifier, entry->counts};
  if (type == PacketType::pubcomp) outcome.answer = std::move(entry->packet);
  if (lowered) outcome.deviation = Deviation::puback_for_qos2;
  close(identifier, *entry);
  return outcome;
}

// ---- abandoned and refused publishes ----

void InflightTable::abandon(uint32_t token) {
  const std::lock_guard lock(mutex_);
  abandoned_.insert(token);
  if (abandoned_.size() > open() + min_free_entries) prune_abandoned();
}

void InflightTable::prune_abandoned() {
  std::unordered_set<uint32_t> kept;
  const auto keep = [&](const Entry& entry) {
    if (entry.token && abandoned_.contains(*entry.token)) kept.insert(*entry.token);
  };
  for (const Entry& entry : row_) keep(entry);
  for (const auto& [identifier, straggler] : stragglers_) keep(straggler.entry);
  abandoned_ = std::move(kept);
}

void InflightTable::abandon_all() {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : row_) entry.token.reset();
  for (auto& [identifier, straggler] : stragglers_) straggler.entry.token.reset();
  abandoned_.clear();
}

bool InflightTable::refuse(uint32_t token) {
  const std::lock_guard lock(mutex_);
  const auto has_token = [token](const Entry& entry) {
    return is_publish(entry.awaited) && entry.token == token;
  };
  const auto entry = std::find_if(row_.begin(), row_.end(), has_token);
  if (entry != row_.end()) return burn(*entry), true;
  const auto straggler = std::find_if(stragglers_.begin(), stragglers_.end(),
                                      [&](const auto& each) { return has_token(each.second.entry); });
  if (straggler == stragglers_.end()) return false;
  burn(straggler->second.entry);
  return true;
}

/** Frees the entry, but not its identifier, which stays in use until the session ends. */
void InflightTable::burn(Entry& entry) {
  find_counter(entry)--;
  entry = {.awaited = none, .open = true, .counts = false};
  uncounted_++;
}

// ---- the ends of connections and sessions ----

void InflightTable::on_connection_end(uint64_t written) {
  const std::lock_guard lock(mutex_);
  in_flight_ = to_resend_ = uncounted_ = 0;
  resends_.clear();
  for (size_t index = row_.size(); index-- > 0;)
    if (end_connection(row_[index], written)) resends_.push_back(identifier_at(index));
  const auto older = static_cast<ptrdiff_t>(resends_.size());
  for (auto& [identifier, straggler] : stragglers_)
    if (end_connection(straggler.entry, written)) resends_.push_back(identifier);
  std::sort(resends_.begin() + older, resends_.end(), [this](uint16_t left, uint16_t right) {
    return stragglers_.at(left).order > stragglers_.at(right).order;
  });
  std::erase_if(stragglers_, [](const auto& straggler) { return !straggler.second.entry.open; });
  shorten();
}

/** Updates an entry whose connection has ended. Returns whether it must be resent. */
bool InflightTable::end_connection(Entry& entry, uint64_t written) {
  const bool has_packet = entry.awaited == PacketType::pubcomp || !entry.packet.empty();
  const bool is_kept = keeps_publishes() && is_publish(entry.awaited) && has_packet;
  if (!is_kept && entry.awaited != none) entry = {};
  if (!entry.open) return false;
  if (!entry.to_resend && entry.position < written) entry.written = true;
  if (keeps_ != Keeps::calls) entry.token.reset();
  entry.to_resend = entry.counts;
  find_counter(entry)++;
  return entry.to_resend;
}

void InflightTable::forget() {
  const std::lock_guard lock(mutex_);
  clear();
}

void InflightTable::clear() {
  first_ = identifier_at(row_.size());
  row_.clear();
  stragglers_.clear();
  resends_.clear();
  abandoned_.clear();
  in_flight_ = to_resend_ = uncounted_ = 0;
}

std::vector<InflightTable::Lost> InflightTable::take_lost(bool keeps_released) {
  const std::lock_guard lock(mutex_);
  std::vector<Lost> lost;
  std::vector<std::pair<uint16_t, Entry>> released;
  for (; !resends_.empty(); resends_.pop_back()) {
    Entry* entry = find(resends_.back());
    if (entry == nullptr || !entry->to_resend) continue;
    if (entry->token && abandoned_.contains(*entry->token)) entry->token.reset();
    if (entry->awaited == PacketType::pubcomp && keeps_released) {
      released.emplace_back(resends_.back(), std::move(*entry));
      continue;
    }
    if (entry->awaited == PacketType::pubcomp) entry->packet.clear();
    lost.push_back({entry->token, std::move(entry->packet), entry->written});
  }
  clear();
  restore(std::move(released));
  return lost;
}

/** Adds entries to an empty table, oldest first, to be resent. */
void InflightTable::restore(std::vector<std::pair<uint16_t, Entry>>&& entries) {
  for (auto& [identifier, entry] : entries) {
    resends_.insert(resends_.begin(), identifier);
    find_counter(entry)++;
    stragglers_.emplace(identifier, Straggler{std::move(entry), ++last_order_});
  }
}

// ---- resending ----

std::optional<InflightTable::Resend> InflightTable::next_resend(const BrokerLimits& limits,
                                                                uint64_t position) {
  const std::lock_guard lock(mutex_);
  while (!resends_.empty()) {
    const uint16_t identifier = resends_.back();
    resends_.pop_back();
    Entry* entry = find(identifier);
    if (entry == nullptr || !entry->to_resend) continue;
    find_counter(*entry)--;
    entry->to_resend = false;
    entry->position = position;
    find_counter(*entry)++;
    return resend(*entry, identifier, limits);
  }
  return std::nullopt;
}

InflightTable::Resend InflightTable::resend(Entry& entry, uint16_t identifier, const BrokerLimits& limits) {
  constexpr auto duplicate = std::byte{0x08};
  if (entry.awaited == PacketType::pubcomp) {
    const auto pubrel = acknowledgement(PacketType::pubrel, identifier);
    return {{pubrel.begin(), pubrel.end()}, entry.token};
  }
  if (const uint8_t refusal = limits.refusal(entry.packet)) {
    const auto token = entry.token;
    burn(entry);
    return {{}, token, refusal};
  }
  if (entry.written) entry.packet.front() |= duplicate;
  return {entry.packet, entry.token};
}

}  // namespace mqtt_native::mqtt
