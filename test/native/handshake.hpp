#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "net/socket_stream.hpp"

namespace mqtt_native::test {

/** A stream that reads one byte at a time, and writes few. */
class SlowStream final : public net::Stream {
 public:
  explicit SlowStream(std::unique_ptr<net::Stream> below) : below_(std::move(below)) {}

  net::Transfer read(std::span<std::byte> into) override {
    return below_->read(into.first(std::min<size_t>(into.size(), 1)));
  }
  net::Transfer write(std::span<const iovec> from) override {
    if (from.empty() || from.front().iov_len == 0) return below_->write(from);
    const iovec first{from.front().iov_base, std::min<size_t>(from.front().iov_len, 7)};
    return below_->write({&first, 1});
  }
  void finish_writing() override { below_->finish_writing(); }
  [[nodiscard]] int descriptor() const override { return below_->descriptor(); }

 private:
  std::unique_ptr<net::Stream> below_;
};

/** A connected pair: a stream for the client, and the server's end, which sends its lines in advance. */
class Handshake {
 public:
  explicit Handshake(bool slow = false) {
    std::array<int, 2> ends{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data());
    server_ = base::FileDescriptor(ends[1]);
    stream = std::make_unique<net::SocketStream>(base::FileDescriptor(ends[0]));
    if (slow) stream = std::make_unique<SlowStream>(std::move(stream));
  }

  void server_says(std::string_view bytes) {
    ::send(server_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  void server_closes() { ::shutdown(server_.number(), SHUT_WR); }

  /** Returns all bytes that the client has sent. */
  std::string client_said() const { return received(server_.number()); }
  /** Returns the server's bytes that the client has not read; `stream` must still exist. */
  std::string unread() const { return received(stream->descriptor()); }

  std::unique_ptr<net::Stream> stream;

 private:
  static std::string received(int descriptor) {
    std::string bytes(64 * 1024, '\0');
    const ssize_t count = ::recv(descriptor, bytes.data(), bytes.size(), 0);
    bytes.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
    return bytes;
  }

  base::FileDescriptor server_;
};

}  // namespace mqtt_native::test
