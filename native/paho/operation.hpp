#pragma once

#include <cstdint>
#include <string_view>

#include "wire/packet.hpp"

namespace mqtt_native::paho {

/**
 * One publish, subscribe or unsubscribe on its way to the broker. What it refers to belongs to somebody else.
 */
struct Operation {
  enum class Kind : uint8_t { publish, subscribe, unsubscribe };

  Kind kind = Kind::publish;
  uint8_t qos = 0;               // publish
  bool retain = false;           // publish
  uint32_t token = 0;            // the caller's name for it; ascending from one operation to the next
  std::string_view topics{};     // a topic, or filters, each with a NUL behind it: Paho wants C strings
  wire::BytesView options{};     // subscribe: one option byte for each filter (MQTT 5, section 3.8.3.1)
  wire::BytesView payload{};     // publish
  wire::BytesView properties{};  // encoded with their length; empty: none

  [[nodiscard]] bool acknowledged() const { return kind != Kind::publish || qos > 0; }
};

}  // namespace mqtt_native::paho
