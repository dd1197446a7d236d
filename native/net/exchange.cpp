#include "net/exchange.hpp"

#include <poll.h>

namespace mqtt_native::net {

using State = Transfer::State;

std::optional<Failure> Exchange::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    const Transfer transfer = stream_.write({&part, 1});
    bytes = bytes.subspan(transfer.bytes);
    if (transfer.state == State::failed) return failure_of(stream_, "write", transfer);
    if (transfer.state == State::moved) continue;
    if (auto failure = patience_.wait_for(stream_.descriptor(), POLLOUT, doing_)) return failure;
  }
  return patience_.over(doing_);
}

std::optional<Failure> Exchange::receive(std::span<std::byte> into) {
  while (!into.empty()) {
    const Transfer transfer = stream_.read(into);
    into = into.subspan(transfer.bytes);
    if (transfer.state == State::failed) return failure_of(stream_, "read", transfer);
    if (transfer.state == State::ended)
      return Failure{"ECONNRESET", "The peer closed the connection while we were " + doing_};
    if (transfer.bytes > 0) continue;
    if (auto failure = patience_.wait_for(stream_.descriptor(), POLLIN, doing_)) return failure;
  }
  return patience_.over(doing_);
}

}  // namespace mqtt_native::net
