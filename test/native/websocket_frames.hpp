#pragma once

#include <vector>

#include "mqtt/packet.hpp"

namespace mqtt_native::test {

/** A frame as a server sends it. `first_byte`: 0x82 for a whole binary message. */
mqtt::Bytes server_frame(int first_byte, const mqtt::Bytes& contents);

/** A frame that a client has sent, unmasked. */
struct ClientFrame {
  int first_byte;
  mqtt::Bytes contents;
  mqtt::Bytes key;
};

/** The frames at the front of `bytes` that are whole, which are removed. Fails the test when one is not
 * masked. */
std::vector<ClientFrame> take_client_frames(mqtt::Bytes& bytes);

/** What the binary messages among the frames carry. */
mqtt::Bytes binary_contents(const std::vector<ClientFrame>& frames);

}  // namespace mqtt_native::test
