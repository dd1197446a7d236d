#include "wire/acknowledgements.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <optional>

namespace mqtt_native::wire {

namespace {

/** Two bytes, somewhere in a packet that lies in parts. */
std::optional<uint16_t> uint16_in(std::span<const iovec> parts, size_t offset) {
  uint16_t value = 0;
  size_t taken = 0;
  for (const iovec& part : parts) {
    for (; taken < 2 && offset < part.iov_len; offset++, taken++)
      value = static_cast<uint16_t>(value << 8 | static_cast<const uint8_t*>(part.iov_base)[offset]);
    if (taken == 2) return value;
    offset -= std::min(offset, part.iov_len);
  }
  return std::nullopt;
}

std::optional<uint16_t> identifier_in(PacketType type, std::span<const iovec> packet) {
  // Paho's first part is the fixed header (MQTTPacket.c:232).
  const size_t header_size = packet.front().iov_len;
  if (type != PacketType::publish) return uint16_in(packet, header_size);
  const auto topic_size = uint16_in(packet, header_size);
  return topic_size ? uint16_in(packet, header_size + 2 + *topic_size) : std::nullopt;
}

std::optional<PacketType> answer_to(PacketType type, uint8_t flags) {
  const int qos = flags >> 1 & 3;
  switch (type) {
    case PacketType::publish:
      if (qos == 0) return std::nullopt;
      return qos == 1 ? PacketType::puback : PacketType::pubrec;
    case PacketType::pubrel:
      return PacketType::pubcomp;
    case PacketType::subscribe:
      return PacketType::suback;
    case PacketType::unsubscribe:
      return PacketType::unsuback;
    default:
      return std::nullopt;
  }
}

}  // namespace

void Acknowledgements::on_sent(PacketType type, uint8_t flags, std::span<const iovec> packet) {
  const auto answer = answer_to(type, flags);
  if (!answer) return;
  if (const auto identifier = identifier_in(type, packet)) expect(*identifier, *answer);
}

void Acknowledgements::expect(uint16_t identifier, PacketType answer) {
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(waiting_.begin(), waiting_.end(), [identifier](const Waiting& entry) {
    return entry.identifier == identifier;
  });
  if (known != waiting_.end())
    known->answer = answer;
  else
    waiting_.push_back({identifier, answer});
}

size_t Acknowledgements::publishes() {
  const std::lock_guard lock(mutex_);
  const auto is_publish = [](const Waiting& entry) {
    return entry.answer != PacketType::suback && entry.answer != PacketType::unsuback;
  };
  return static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), is_publish));
}

Acknowledgements::Verdict Acknowledgements::on_received(PacketType type, uint16_t identifier, bool refused) {
  const std::lock_guard lock(mutex_);
  const auto entry = std::find_if(waiting_.begin(), waiting_.end(), [identifier](const Waiting& waiting) {
    return waiting.identifier == identifier;
  });
  if (entry == waiting_.end()) return Verdict::stray;
  // A PUBREC that comes once more, after ours crossed it with a PUBREL, is answered once more.
  const bool repeated = type == PacketType::pubrec && entry->answer == PacketType::pubcomp && !refused;
  if (repeated) return Verdict::expected;
  if (entry->answer != type) return type == PacketType::pubrec ? Verdict::late : Verdict::wrong_type;
  if (type == PacketType::pubrec && !refused)
    entry->answer = PacketType::pubcomp;
  else
    waiting_.erase(entry);
  return Verdict::expected;
}

}  // namespace mqtt_native::wire
