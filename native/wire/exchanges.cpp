#include "wire/exchanges.hpp"

#include <algorithm>
#include <utility>

#include "net/random.hpp"

namespace mqtt_native::wire {

namespace {

constexpr size_t identifiers = 65'535;  // from 1 on
/** The row may have so many places more than twice the open exchanges. */
constexpr size_t spare_places = 64;

bool is_publish(PacketType answer) {
  return answer == PacketType::puback || answer == PacketType::pubrec || answer == PacketType::pubcomp;
}

}  // namespace

Exchanges::Exchanges() : Exchanges(static_cast<uint16_t>(net::random_number() % identifiers + 1)) {}

void Exchanges::keep_publishes(bool keep) {
  keeps_publishes_ = keep;
}

uint16_t Exchanges::identifier_at(size_t index) const {
  return static_cast<uint16_t>((first_ - 1 + index) % identifiers + 1);
}

Exchanges::Exchange* Exchanges::find(uint16_t identifier) {
  if (identifier == 0) return nullptr;
  const size_t index = (identifier + identifiers - first_) % identifiers;
  if (index < row_.size() && row_[index].open) return &row_[index];
  if (stragglers_.empty()) return nullptr;
  const auto straggler = stragglers_.find(identifier);
  return straggler == stragglers_.end() ? nullptr : &straggler->second.exchange;
}

uint16_t Exchanges::begin(PacketType answer, uint32_t token, bool sent) {
  const std::lock_guard lock(mutex_);
  if (open() == identifiers) return 0;
  if (row_.size() > longest_row()) shorten();
  if (!stragglers_.empty()) skip_stragglers();
  row_.push_back({.awaited = answer, .open = true, .sent = sent, .token = token});
  under_way_++;
  return identifier_at(row_.size() - 1);
}

/** How long the row may be before another place is added: an identifier must not have two. */
size_t Exchanges::longest_row() const {
  return std::min(identifiers - 1, 2 * open() + spare_places);
}

/** Passes over identifiers that are in use, with an empty place in the row for each. */
void Exchanges::skip_stragglers() {
  while (stragglers_.contains(identifier_at(row_.size()))) {
    row_.emplace_back();
    shorten();
  }
}

/** Drops places that are closed, and moves the oldest exchanges out of a row that is too long. */
void Exchanges::shorten() {
  drop_closed();
  while (row_.size() > longest_row()) {
    stragglers_.emplace(first_, Straggler{std::exchange(row_.front(), {}), ++last_order_});
    drop_closed();
  }
}

/** A place can be given up only together with all before it. */
void Exchanges::drop_closed() {
  while (!row_.empty() && !row_.front().open) {
    row_.pop_front();
    first_ = identifier_at(1);
  }
}

size_t Exchanges::places() {
  const std::lock_guard lock(mutex_);
  return row_.size() + stragglers_.size();
}

bool Exchanges::has_place(size_t limit) const {
  return may_repeat(limit) && open() < identifiers;
}

void Exchanges::on_sent(uint16_t identifier) {
  const std::lock_guard lock(mutex_);
  if (Exchange* exchange = find(identifier)) exchange->sent = true;
}

void Exchanges::keep(uint16_t identifier, Bytes packet) {
  const std::lock_guard lock(mutex_);
  Exchange* exchange = find(identifier);
  if (exchange == nullptr) return;
  exchange->packet = std::move(packet);
  exchange->sent = true;
}

void Exchanges::withdraw(uint16_t identifier) {
  const std::lock_guard lock(mutex_);
  if (Exchange* exchange = find(identifier)) close(identifier, *exchange);
}

void Exchanges::close(uint16_t identifier, Exchange& exchange) {
  (exchange.to_repeat ? to_repeat_ : under_way_)--;
  exchange = {};
  if (!stragglers_.empty()) stragglers_.erase(identifier);  // one that has no place in the row
  shorten();
}

Exchanges::Outcome Exchanges::on_received(PacketType type, uint16_t identifier, uint8_t code,
                                          BytesView packet) {
  const bool refused = code >= 0x80;
  const std::lock_guard lock(mutex_);
  Exchange* exchange = find(identifier);
  if (exchange == nullptr || !exchange->sent) return {Verdict::stray};
  if (exchange->to_repeat) return {type == PacketType::pubrec ? Verdict::late : Verdict::stray};
  // A PUBREC that comes once more, after ours crossed it with a PUBREL, is answered once more.
  const bool repeated = type == PacketType::pubrec && exchange->awaited == PacketType::pubcomp && !refused;
  if (repeated) return {Verdict::expected};
  // Only before PUBREC: from then until PUBCOMP the broker may take a new message with this identifier for
  // the same one.
  const bool lowered = type == PacketType::puback && exchange->awaited == PacketType::pubrec;
  if (exchange->awaited != type && !lowered)
    return {type == PacketType::pubrec ? Verdict::late : Verdict::wrong_type};
  if (type == PacketType::pubrec && !refused) {
    exchange->awaited = PacketType::pubcomp;
    exchange->packet = code == 0 ? Bytes{} : Bytes(packet.begin(), packet.end());
    return {Verdict::expected};
  }
  Outcome outcome{Verdict::expected};
  outcome.settled = {exchange->token, identifier};
  if (type == PacketType::pubcomp) outcome.answer = std::move(exchange->packet);
  if (lowered) outcome.deviation = Deviation::puback_for_qos2;
  close(identifier, *exchange);
  return outcome;
}

void Exchanges::on_connection_end() {
  const std::lock_guard lock(mutex_);
  repeats_.clear();
  for (size_t index = row_.size(); index-- > 0;)
    if (end_connection(row_[index])) repeats_.push_back(identifier_at(index));
  const auto older = static_cast<ptrdiff_t>(repeats_.size());
  for (auto& [identifier, straggler] : stragglers_)
    if (end_connection(straggler.exchange)) repeats_.push_back(identifier);
  std::sort(repeats_.begin() + older, repeats_.end(), [this](uint16_t left, uint16_t right) {
    return stragglers_.at(left).order > stragglers_.at(right).order;
  });
  std::erase_if(stragglers_, [](const auto& straggler) { return !straggler.second.exchange.open; });
  under_way_ = 0;
  to_repeat_ = repeats_.size();
  shorten();
}

/** Keeps of an exchange whose connection has ended what must be repeated. Returns whether that is anything.
 */
bool Exchanges::end_connection(Exchange& exchange) const {
  const bool is_kept = exchange.awaited == PacketType::pubcomp || !exchange.packet.empty();
  exchange.token.reset();
  exchange.to_repeat = exchange.open && keeps_publishes_ && is_publish(exchange.awaited) && is_kept;
  exchange.open = exchange.to_repeat;
  if (!exchange.open) exchange.packet = {};
  return exchange.open;
}

void Exchanges::forget() {
  const std::lock_guard lock(mutex_);
  first_ = identifier_at(row_.size());
  row_.clear();
  stragglers_.clear();
  repeats_.clear();
  under_way_ = to_repeat_ = 0;
}

Bytes Exchanges::next_repeat() {
  constexpr auto duplicate = std::byte{0x08};
  const std::lock_guard lock(mutex_);
  if (repeats_.empty()) return {};
  const uint16_t identifier = repeats_.back();
  repeats_.pop_back();
  Exchange* exchange = find(identifier);
  if (exchange == nullptr) return {};
  exchange->to_repeat = false;
  under_way_++;
  to_repeat_--;
  if (exchange->awaited == PacketType::pubcomp) {
    const auto pubrel = acknowledgement(PacketType::pubrel, identifier);
    return {pubrel.begin(), pubrel.end()};
  }
  exchange->packet.front() |= duplicate;
  return exchange->packet;
}

}  // namespace mqtt_native::wire
