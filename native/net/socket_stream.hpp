#pragma once

#include "net/delayed_ack.hpp"
#include "net/file_descriptor.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** A connected stream socket. */
class SocketStream final : public Stream {
 public:
  struct Options {
    bool bounds_queue = false;        // once what has come piles up (loopback.hpp)
    bool acknowledges_early = false;  // of TCP: what is read, as DelayedAck decides
  };

  /** Takes over a connected, non-blocking socket. */
  explicit SocketStream(FileDescriptor socket) : SocketStream(std::move(socket), Options{}) {}
  SocketStream(FileDescriptor socket, Options options) : socket_(std::move(socket)), options_(options) {}

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  [[nodiscard]] bool delays_ack() const override { return ack_.is_due(); }
  void finish_writing() override;
  [[nodiscard]] int descriptor() const override { return socket_.number(); }

 private:
  void acknowledge();

  FileDescriptor socket_;
  Options options_;
  DelayedAck ack_;
};

}  // namespace mqtt_native::net
