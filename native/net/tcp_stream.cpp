#include "net/tcp_stream.hpp"

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

TcpStream::TcpStream(FileDescriptor socket) : socket_(std::move(socket)) {
  const int on = 1;
  ::setsockopt(socket_.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Transfer TcpStream::read(std::span<std::byte> into) {
  for (;;) {
    const ssize_t count = ::recv(socket_.number(), into.data(), into.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return not_moved(errno);
    if (count == 0) return {Transfer::State::ended};
    const auto bytes = static_cast<size_t>(count);
    return {bytes < into.size() ? Transfer::State::drained : Transfer::State::moved, bytes};
  }
}

Transfer TcpStream::write(std::span<const iovec> from) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from.data());
  message.msg_iovlen = from.size();
  for (;;) {
    const ssize_t count = ::sendmsg(socket_.number(), &message, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return not_moved(errno);
    return {Transfer::State::moved, static_cast<size_t>(count)};
  }
}

void TcpStream::finish_writing() {
  ::shutdown(socket_.number(), SHUT_WR);
}

}  // namespace mqtt_native::net
