#pragma once

#include "net/file_descriptor.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** A connected stream socket. */
class SocketStream final : public Stream {
 public:
  /** Takes over a connected, non-blocking socket. `bounds_queue`: once what has come piles up (loopback.hpp).
   */
  explicit SocketStream(FileDescriptor socket, bool bounds_queue = false)
      : socket_(std::move(socket)), bounds_queue_(bounds_queue) {}

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  void finish_writing() override;
  [[nodiscard]] int descriptor() const override { return socket_.number(); }

 private:
  FileDescriptor socket_;
  bool bounds_queue_;
};

}  // namespace mqtt_native::net
