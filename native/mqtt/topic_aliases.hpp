#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "mqtt/publish.hpp"

namespace mqtt_native::mqtt {

/** The broker's topic aliases on one connection (MQTT 5, section 3.3.2.3.4). */
class IncomingAliases {
 public:
  /** Returns the topic of a PUBLISH with an alias, or sets it. Empty: the alias has none. */
  BytesView resolve(uint16_t alias, BytesView topic);  // reader

 private:
  std::unordered_map<uint16_t, Bytes> topics_;
};

/**
 * Assigns aliases to the topics of outgoing QoS 0 messages. Each topic has one entry in a table, by its hash.
 * A topic that equals its entry is a repeated one, and gets the entry's number as its alias. So a topic that
 * is used once costs nothing, and the table does not grow.
 */
class OutgoingAliases {
 public:
  /** The limits are those of the broker's CONNACK. */
  OutgoingAliases(uint16_t maximum, uint32_t maximum_packet_size);

  /** Returns the PUBLISH to send instead, perhaps with an alias. The stream writer's lock guards it. */
  OutgoingPublish apply(const OutgoingPublish& publish);

 private:
  struct Entry {
    std::string topic;
    bool announced = false;  // the broker knows the alias
  };

  std::vector<Entry> entries_;
  uint32_t maximum_packet_size_;
};

}  // namespace mqtt_native::mqtt
