#include "net/socket_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace mqtt_native::net {

namespace {

Transfer not_moved(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return {Transfer::State::blocked};
  return {Transfer::State::failed, 0, error};
}

}  // namespace

Transfer SocketStream::read(std::span<std::byte> into) {
  for (;;) {
    const ssize_t count = ::recv(socket_.number(), into.data(), into.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return not_moved(errno);
    if (count == 0) return {Transfer::State::ended};
    const auto bytes = static_cast<size_t>(count);
    if (acknowledges_early_) ack_.on_read(bytes);
    return {bytes < into.size() ? Transfer::State::drained : Transfer::State::moved, bytes};
  }
}

Transfer SocketStream::write(std::span<const iovec> from) {
  if (from.empty()) {  // an empty writev(2) would fail after shutdown(2)
    if (delays_ack()) acknowledge();
    return {Transfer::State::moved};
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from.data());
  message.msg_iovlen = from.size();
  ack_.on_write();  // before the write: the peer's answer may be read before it returns
  for (;;) {
    const ssize_t count = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return not_moved(errno);
    return {Transfer::State::moved, static_cast<size_t>(count)};
  }
}

/** Sends the delayed ACK. The system clears this option with the next write. */
void SocketStream::acknowledge() {
  constexpr int at_once = 1;
  if (ack_.claim(base::Clock::now()))
    ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_QUICKACK, &at_once, sizeof at_once);
}

void SocketStream::finish_writing() {
  ::shutdown(socket_.number(), SHUT_WR);
}

}  // namespace mqtt_native::net
