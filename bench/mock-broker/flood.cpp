#include "flood.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "payload.hpp"

namespace mock_broker {

namespace {

constexpr std::string_view prefix = "flood/";
constexpr uint32_t largest_payload = 64 * 1024 * 1024;

std::optional<uint32_t> number(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

bool is_flood(std::string_view filter) {
  return filter.starts_with(prefix);
}

std::optional<FloodOrder> parse_flood(std::string_view filter) {
  FloodOrder order{.prefix = std::string(filter.substr(0, filter.size() - 1))};
  if (!filter.ends_with("/+")) return std::nullopt;
  filter.remove_prefix(prefix.size());
  std::array<uint32_t, 4> numbers{};
  for (uint32_t& value : numbers) {
    const size_t end = filter.find('/');
    const auto parsed = number(filter.substr(0, end));
    if (!parsed || end == std::string_view::npos) return std::nullopt;
    value = *parsed;
    filter.remove_prefix(end + 1);
  }
  if (filter != "+" || numbers[0] > 2 || numbers[1] < smallest_payload || numbers[1] > largest_payload ||
      numbers[3] == 0)
    return std::nullopt;
  order.qos = static_cast<uint8_t>(numbers[0]);
  order.size = numbers[1];
  order.count = numbers[2];
  order.topics = numbers[3];
  return order;
}

Flood::Flood(FloodOrder order, bool v5, size_t block_size)
    : order_(std::move(order)), digits_(std::to_string(order_.topics - 1).size()) {
  const std::string topic = order_.prefix + std::string(digits_, '0');
  Bytes packet;
  append_publish_head(packet, {topic, order_.qos, 0, v5}, order_.size);
  payload_at_ = packet.size();
  id_at_ = payload_at_ - (v5 ? 1 : 0) - 2;
  topic_number_at_ = payload_at_ - (v5 ? 1 : 0) - (order_.qos > 0 ? 2 : 0) - digits_;
  const Bytes payload = payload_of(order_.size);
  packet.insert(packet.end(), payload.begin(), payload.end());
  packet_size_ = packet.size();
  packets_ = std::max<size_t>(1, block_size / packet_size_);
  block_.reserve(packets_ * packet_size_);
  for (size_t i = 0; i < packets_; i++) block_.insert(block_.end(), packet.begin(), packet.end());
}

View Flood::next(size_t limit, Acknowledgements& acknowledgements) {
  const size_t count = std::min({limit, packets_, static_cast<size_t>(order_.count - sent_)});
  for (size_t i = 0; i < count; i++, sent_++) {
    uint8_t* packet = block_.data() + i * packet_size_;
    set_sequence(packet + payload_at_, sent_);
    if (order_.topics > 1) write_topic_number(packet + topic_number_at_, sent_ % order_.topics);
    if (order_.qos == 0) continue;
    const uint16_t id = acknowledgements.begin(order_.qos);
    packet[id_at_] = static_cast<uint8_t>(id >> 8);
    packet[id_at_ + 1] = static_cast<uint8_t>(id);
  }
  return View(block_).first(count * packet_size_);
}

void Flood::write_topic_number(uint8_t* at, uint32_t value) const {
  for (size_t i = digits_; i-- > 0; value /= 10) at[i] = static_cast<uint8_t>('0' + value % 10);
}

}  // namespace mock_broker
