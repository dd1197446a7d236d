#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "mqtt/properties.hpp"

namespace mqtt_native::session {

/** One publish, subscribe or unsubscribe. It refers to memory of its caller. */
struct Operation {
  enum class Kind : uint8_t { publish, subscribe, unsubscribe };

  Kind kind = Kind::publish;
  uint8_t qos = 0;               // publish
  bool retain = false;           // publish
  bool duplicate = false;        // publish: the caller sets DUP
  bool was_sent = false;         // its packet may have reached the broker on an earlier connection
  uint32_t token = 0;            // the caller's name for it; ascending from one operation to the next
  std::string_view topics{};     // the topic; or filters, each as an MQTT string (section 1.5.4)
  mqtt::BytesView options{};     // subscribe: one option byte for each filter (MQTT 5, section 3.8.3.1)
  mqtt::BytesView payload{};     // publish
  mqtt::BytesView properties{};  // encoded with their length; empty: none
  base::TimePoint queued_at{};   // publish with a message expiry interval: start of its wait; otherwise zero

  [[nodiscard]] bool is_request() const { return kind != Kind::publish; }
  [[nodiscard]] bool is_acknowledged() const { return is_request() || qos > 0; }
  [[nodiscard]] bool has_expiry() const {
    return !properties.empty() &&
           mqtt::find_property(properties, mqtt::PropertyId::message_expiry_interval).has_value();
  }
  [[nodiscard]] size_t byte_count() const { return topics.size() + payload.size() + properties.size(); }
};

/** Whether a token is older than another one. Tokens wrap around. */
inline bool precedes(uint32_t token, uint32_t other) {
  return static_cast<int32_t>(token - other) < 0;
}

}  // namespace mqtt_native::session
