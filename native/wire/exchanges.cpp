#include "wire/exchanges.hpp"

#include <utility>

namespace mqtt_native::wire {

namespace {

constexpr size_t identifiers = 65'535;  // from 1 on

bool is_publish(PacketType answer) {
  return answer == PacketType::puback || answer == PacketType::pubrec || answer == PacketType::pubcomp;
}

}  // namespace

void Exchanges::keep_publishes(bool keep) {
  keeps_publishes_ = keep;
}

uint16_t Exchanges::identifier_at(size_t index) const {
  return static_cast<uint16_t>((first_ - 1 + index) % identifiers + 1);
}

Exchanges::Exchange* Exchanges::find(uint16_t identifier) {
  if (identifier == 0) return nullptr;
  const size_t index = (identifier + identifiers - first_) % identifiers;
  return index < exchanges_.size() && exchanges_[index].open ? &exchanges_[index] : nullptr;
}

uint16_t Exchanges::begin(PacketType answer, uint32_t token, bool sent) {
  const std::lock_guard lock(mutex_);
  if (exchanges_.size() == identifiers) return 0;
  exchanges_.push_back({.awaited = answer, .open = true, .sent = sent, .token = token});
  under_way_++;
  note_identifiers();
  return identifier_at(exchanges_.size() - 1);
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
  if (Exchange* exchange = find(identifier)) close(*exchange);
}

void Exchanges::close(Exchange& exchange) {
  (exchange.to_repeat ? to_repeat_ : under_way_)--;
  exchange = {};
  drop_closed();
}

/** A place can be given up only together with all before it. */
void Exchanges::drop_closed() {
  while (!exchanges_.empty() && !exchanges_.front().open) {
    exchanges_.pop_front();
    first_ = identifier_at(1);
    if (next_repeat_ > 0) next_repeat_--;
  }
  note_identifiers();
}

/** Those between the first and the last one are in use, all of them. */
void Exchanges::note_identifiers() {
  const bool all_in_use = exchanges_.size() == identifiers;
  if (all_in_use_ != all_in_use) all_in_use_ = all_in_use;
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
  if (exchange->awaited != type) return {type == PacketType::pubrec ? Verdict::late : Verdict::wrong_type};
  if (type == PacketType::pubrec && !refused) {
    exchange->awaited = PacketType::pubcomp;
    exchange->packet = code == 0 ? Bytes{} : Bytes(packet.begin(), packet.end());
    return {Verdict::expected};
  }
  Outcome outcome{Verdict::expected};
  outcome.settled = {exchange->token, identifier};
  if (type == PacketType::pubcomp) outcome.answer = std::move(exchange->packet);
  close(*exchange);
  return outcome;
}

void Exchanges::on_connection_end() {
  const std::lock_guard lock(mutex_);
  under_way_ = to_repeat_ = next_repeat_ = 0;
  for (Exchange& exchange : exchanges_) {
    exchange.token.reset();
    const bool is_kept = exchange.awaited == PacketType::pubcomp || !exchange.packet.empty();
    exchange.to_repeat = exchange.open && keeps_publishes_ && is_publish(exchange.awaited) && is_kept;
    exchange.open = exchange.to_repeat;
    if (exchange.open) to_repeat_++;
  }
  drop_closed();
}

void Exchanges::forget() {
  const std::lock_guard lock(mutex_);
  first_ = 1;
  exchanges_.clear();
  under_way_ = to_repeat_ = next_repeat_ = 0;
  note_identifiers();
}

Bytes Exchanges::next_repeat() {
  constexpr auto duplicate = std::byte{0x08};
  const std::lock_guard lock(mutex_);
  while (next_repeat_ < exchanges_.size() && !exchanges_[next_repeat_].to_repeat) next_repeat_++;
  if (next_repeat_ == exchanges_.size()) return {};
  Exchange& exchange = exchanges_[next_repeat_];
  exchange.to_repeat = false;
  to_repeat_--;
  under_way_++;
  if (exchange.awaited == PacketType::pubcomp) {
    const auto pubrel = acknowledgement(PacketType::pubrel, identifier_at(next_repeat_));
    return {pubrel.begin(), pubrel.end()};
  }
  exchange.packet.front() |= duplicate;
  return exchange.packet;
}

}  // namespace mqtt_native::wire
