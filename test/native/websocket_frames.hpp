#pragma once

#include <vector>

#include "mqtt/packet.hpp"

namespace mqtt_native::test {

/** Makes a frame of a server. `first_byte`: 0x82 for a whole binary message. */
mqtt::Bytes server_frame(int first_byte, const mqtt::Bytes& contents);

/** A frame that a client has sent, unmasked. */
struct ClientFrame {
  int first_byte;
  mqtt::Bytes contents;
  mqtt::Bytes key;
};

/** Removes and returns the complete frames at the front of `bytes`. Fails the test if one is not masked. */
std::vector<ClientFrame> take_client_frames(mqtt::Bytes& bytes);

/** Returns the contents of the binary messages among the frames. */
mqtt::Bytes binary_contents(const std::vector<ClientFrame>& frames);

}  // namespace mqtt_native::test
