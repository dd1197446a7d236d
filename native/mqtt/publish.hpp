#pragma once

#include <sys/uio.h>

#include <array>
#include <string_view>

#include "mqtt/packet.hpp"
#include "mqtt/properties.hpp"

namespace mqtt_native::mqtt {

/** An incoming PUBLISH up to its payload (MQTT 5, section 3.3.2). The views point into the packet. */
struct PublishFront {
  BytesView topic;
  uint16_t identifier = 0;   // 0 at QoS 0
  BytesView properties;      // with their length; empty before MQTT 5
  uint16_t topic_alias = 0;  // 0: none
  size_t size = 0;           // the fixed header included
};

/** Reads the front of a whole PUBLISH packet. Returns the protocol error, if there is one. */
std::optional<ProtocolError> read_publish(BytesView packet, const FixedHeader& header,
                                          const ClientLimits& limits, PublishFront& front);

struct OutgoingPublish {
  std::string_view topic;
  BytesView properties{};  // encoded with their length; empty: none
  BytesView payload{};
  bool retain = false;
  uint8_t qos = 0;
  uint16_t identifier = 0;   // at QoS 1 and 2
  uint16_t topic_alias = 0;  // sent with the properties; 0: none
  bool duplicate = false;    // DUP
};

/** Decodes a whole PUBLISH of ours. The views refer to the packet. */
OutgoingPublish read_outgoing_publish(BytesView packet, Protocol protocol);

/** An encoded PUBLISH, in parts (MQTT 5, section 3.3). */
class PublishParts {
 public:
  PublishParts(const OutgoingPublish& publish, Protocol protocol);
  PublishParts(const PublishParts&) = delete;
  PublishParts& operator=(const PublishParts&) = delete;

  [[nodiscard]] std::span<const iovec> parts() const { return parts_; }
  [[nodiscard]] size_t size() const;

 private:
  // The fixed header, and the topic's length. A length may have a digit too many: the size is checked later.
  std::array<std::byte, 8> head_;
  std::array<std::byte, 9> middle_;  // the packet identifier, the properties' length, and the alias
  std::array<iovec, 5> parts_;
};

}  // namespace mqtt_native::mqtt
