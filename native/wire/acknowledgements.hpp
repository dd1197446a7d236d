#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "wire/packet.hpp"

struct iovec;

namespace mqtt_native::wire {

/**
 * Which acknowledgement each packet identifier is waiting for on one connection. Paho finds the call that an
 * acknowledgement ends by the identifier alone, and takes it for what its type says (MQTTAsyncUtils.c:3056):
 * one of the wrong type would end a call as if it had succeeded, or have memory freed twice.
 */
class Acknowledgements {
 public:
  enum class Verdict : uint8_t {
    expected,
    stray,       // for an identifier that waits for nothing
    late,        // a PUBREC to an earlier user of the identifier: to be ignored
    wrong_type,  // for an identifier that waits for something else: the broker is confused
  };

  /** Notes what an outgoing packet has the broker answer. */
  void on_sent(PacketType type, uint8_t flags, std::span<const iovec> packet);  // paho

  /** Publishes that are not acknowledged. */
  [[nodiscard]] size_t publishes();  // any

  /** Judges an incoming acknowledgement. `refused`: its reason code ends the exchange. */
  Verdict on_received(PacketType type, uint16_t identifier, bool refused);  // receive

 private:
  struct Waiting {
    uint16_t identifier;
    PacketType answer;
  };

  void expect(uint16_t identifier, PacketType answer);

  std::mutex mutex_;
  std::vector<Waiting> waiting_;  // few, and answered in about the order in which they were sent
};

}  // namespace mqtt_native::wire
