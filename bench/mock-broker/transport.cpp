#include "transport.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace mock_broker {

namespace {

std::optional<size_t> result(ssize_t count) {
  if (count > 0) return static_cast<size_t>(count);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return std::nullopt;
}

}  // namespace

PlainTransport::~PlainTransport() {
  ::close(socket_);
}

std::optional<size_t> PlainTransport::read(std::span<uint8_t> to) {
  return result(::recv(socket_, to.data(), to.size(), 0));
}

std::optional<size_t> PlainTransport::write(View from) {
  return result(::send(socket_, from.data(), from.size(), MSG_NOSIGNAL));
}

}  // namespace mock_broker
