#pragma once

#include "base/file_descriptor.hpp"
#include "net/delayed_ack.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** A connected stream socket. */
class SocketStream final : public Stream {
 public:
  /** Owns a connected, non-blocking socket. `acknowledges_early`: for TCP, as DelayedAck decides. */
  explicit SocketStream(base::FileDescriptor socket, bool acknowledges_early = false)
      : socket_(std::move(socket)), acknowledges_early_(acknowledges_early) {}

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  [[nodiscard]] bool delays_ack() const override { return ack_.is_due(); }
  void finish_writing() override;
  [[nodiscard]] int descriptor() const override { return socket_.number(); }

 private:
  void acknowledge();

  base::FileDescriptor socket_;
  const bool acknowledges_early_;
  DelayedAck ack_;
};

}  // namespace mqtt_native::net
