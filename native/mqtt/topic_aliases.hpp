#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "mqtt/outgoing_publish.hpp"

namespace mqtt_native::mqtt {

/** What the broker's topic aliases stand for on one connection (MQTT 5, section 3.3.2.3.4). */
class IncomingAliases {
 public:
  /** The topic of a PUBLISH with an alias: its own, which the alias means from now on, or else the one that
   * it means. Empty: it means none. */
  BytesView resolve(uint16_t alias, BytesView topic);  // reader

 private:
  std::unordered_map<uint16_t, Bytes> topics_;
};

/**
 * Gives aliases to the topics of outgoing QoS 0 messages. Each topic has one place in a table, by its hash; a
 * topic that finds itself there is being repeated, and gets the place's number as its alias. Thus a topic
 * that is used once costs nothing on the wire, and whatever the topics are, the table does not grow.
 */
class OutgoingAliases {
 public:
  /** What the broker's CONNACK allows. */
  OutgoingAliases(uint16_t maximum, uint32_t maximum_packet_size);

  /** The PUBLISH to send in place of this one: perhaps with an alias, perhaps without the topic. Guarded, as
   * all of this, by its connection's stream writer's lock. */
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
