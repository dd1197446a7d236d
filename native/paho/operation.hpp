#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "wire/packet.hpp"

namespace mqtt_native::paho {

/** One publish, subscribe or unsubscribe on its way to the broker. */
struct Operation {
  enum class Kind : uint8_t { publish, subscribe, unsubscribe };

  Kind kind = Kind::publish;
  uint8_t qos = 0;                    // publish
  bool retain = false;                // publish
  uint32_t token = 0;                 // the caller's name for it
  std::vector<std::string> topics{};  // publish: one
  std::vector<uint8_t> options{};     // subscribe: one option byte for each filter (MQTT 5, section 3.8.3.1)
  wire::Bytes payload{};              // publish
  wire::Bytes properties{};           // encoded with their length; empty: none

  [[nodiscard]] bool acknowledged() const { return kind != Kind::publish || qos > 0; }
};

}  // namespace mqtt_native::paho
