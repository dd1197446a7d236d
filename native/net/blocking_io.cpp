#include "net/blocking_io.hpp"

#include <poll.h>

namespace mqtt_native::net {

using State = Transfer::State;

std::optional<base::Failure> BlockingIo::send(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    const Transfer transfer = stream_.write({&part, 1});
    bytes = bytes.subspan(transfer.bytes);
    if (transfer.state == State::failed) return to_failure(stream_, "write", transfer);
    if (transfer.state == State::moved) continue;
    if (auto failure = deadline_.wait_for(stream_.descriptor(), POLLOUT, doing_)) return failure;
  }
  return deadline_.check(doing_);
}

std::optional<base::Failure> BlockingIo::receive(std::span<std::byte> into) {
  while (!into.empty()) {
    const Transfer transfer = stream_.read(into);
    into = into.subspan(transfer.bytes);
    if (transfer.state == State::failed) return to_failure(stream_, "read", transfer);
    if (transfer.state == State::ended)
      return base::Failure{"ECONNRESET", "The peer closed the connection while we were " + doing_};
    if (transfer.bytes > 0) continue;
    if (auto failure = deadline_.wait_for(stream_.descriptor(), POLLIN, doing_)) return failure;
  }
  return deadline_.check(doing_);
}

}  // namespace mqtt_native::net
