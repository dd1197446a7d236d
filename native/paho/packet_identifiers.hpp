#pragma once

#include <bitset>
#include <cstdint>
#include <memory>

namespace mqtt_native::paho {

/**
 * Packet identifiers of one session (MQTT 5, section 2.2.1). Paho looks for a free one by comparing each
 * candidate with all that it has queued and sent (MQTTAsyncUtils.c:2708); here each has a bit.
 */
class PacketIdentifiers {
 public:
  /** The next free one, in turn; 0 when there is none. */
  uint16_t next();
  void release(uint16_t identifier);
  void clear();

 private:
  using Used = std::bitset<65'536>;

  std::unique_ptr<Used> used_;  // made with the first: most clients only receive
  uint16_t last_ = 0;
  size_t count_ = 0;
};

}  // namespace mqtt_native::paho
