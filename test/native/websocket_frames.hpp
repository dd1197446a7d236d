#pragma once

#include <vector>

#include "wire/packet.hpp"

namespace mqtt_native::test {

/** A frame as a server sends it. `first_byte`: 0x82 for a whole binary message. */
wire::Bytes server_frame(int first_byte, const wire::Bytes& contents);

/** A frame that a client has sent, unmasked. */
struct ClientFrame {
  int first_byte;
  wire::Bytes contents;
  wire::Bytes key;
};

/** The frames at the front of `bytes` that are whole, which are removed. Fails the test when one is not
 * masked. */
std::vector<ClientFrame> take_client_frames(wire::Bytes& bytes);

/** What the binary messages among the frames carry. */
wire::Bytes binary_contents(const std::vector<ClientFrame>& frames);

}  // namespace mqtt_native::test
