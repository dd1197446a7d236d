#pragma once

#include "net/file_descriptor.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** A connected stream socket. */
class SocketStream final : public Stream {
 public:
  /** Takes over a connected, non-blocking socket. */
  explicit SocketStream(FileDescriptor socket) : socket_(std::move(socket)) {}

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  void finish_writing() override;
  [[nodiscard]] int descriptor() const override { return socket_.number(); }

 private:
  FileDescriptor socket_;
};

}  // namespace mqtt_native::net
