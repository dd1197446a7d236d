#pragma once

#include <initializer_list>
#include <string_view>

#include "mqtt/packet.hpp"

namespace mqtt_native::test {

inline mqtt::Bytes bytes(std::initializer_list<int> values) {
  mqtt::Bytes result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

inline mqtt::Bytes text(std::string_view value) {
  const auto view = std::as_bytes(std::span(value));
  return {view.begin(), view.end()};
}

inline mqtt::Bytes operator+(mqtt::Bytes left, const mqtt::Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/** A CONNECT of MQTT 3.1.1 with clean start and no identifier, and the CONNACK that accepts it. */
inline const mqtt::Bytes connect_packet = bytes({0x10, 12, 0, 4}) + text("MQTT") + bytes({4, 2, 0, 60, 0, 0});
inline const mqtt::Bytes connack = bytes({0x20, 2, 0, 0});

/** A PUBLISH with a topic of one character and `size` bytes of payload. */
inline mqtt::Bytes publish(size_t size, int first_byte = 0x30) {
  mqtt::Bytes packet = bytes({first_byte});
  for (size_t left = 3 + size;; left /= 128) {
    packet.push_back(static_cast<std::byte>(left % 128 | (left >= 128 ? 0x80 : 0)));
    if (left < 128) break;
  }
  return packet + bytes({0, 1, 't'}) + mqtt::Bytes(size, std::byte{'x'});
}

}  // namespace mqtt_native::test
