#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/file_descriptor.hpp"
#include "mqtt/packet.hpp"

namespace mqtt_native::test {

/** The broker's end of one connection. The test reads and writes its packets. */
class TestPeer {
 public:
  explicit TestPeer(base::FileDescriptor socket) : socket_(std::move(socket)) {}

  /** Returns the next packet; nothing when the client has closed. Fails the test if none arrives. */
  std::optional<mqtt::Bytes> read();
  void write(const mqtt::Bytes& bytes);
  /** Whether something can be read, now or within so many milliseconds. */
  [[nodiscard]] bool is_readable(int milliseconds) const;
  /** Shuts down the sending side, and still reads. */
  void finish_writing();
  void close() { socket_ = base::FileDescriptor(); }

  /** Reads a packet with this first byte, or fails the test. */
  mqtt::Bytes expect(uint8_t first_byte);
  /** Returns all packets until the client closes. */
  std::vector<mqtt::Bytes> read_to_end();

 private:
  bool read_exactly(mqtt::Bytes& into, size_t size);

  base::FileDescriptor socket_;
};

/** Listens on a free loopback port. */
class TestBroker {
 public:
  explicit TestBroker(int family = 2 /* AF_INET */);

  [[nodiscard]] uint16_t port() const { return port_; }
  TestPeer accept();

 private:
  base::FileDescriptor listener_;
  uint16_t port_ = 0;
};

}  // namespace mqtt_native::test
