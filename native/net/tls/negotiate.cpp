#include <poll.h>

#include "net/tls/tls_stream.hpp"

namespace mqtt_native::net::tls {

using State = Transfer::State;

std::optional<Failure> TlsStream::negotiate(const Patience& patience) {
  const std::string doing = "negotiating " + with_whom();
  for (;;) {
    const int state = shake();
    Transfer transfer = [this] {
      const std::lock_guard lock(writing_mutex_);
      return push();
    }();
    if (failure_) return failure_;
    if (state == SSL_ERROR_NONE && transfer.state == State::moved) return patience.over(doing);
    if (state == SSL_ERROR_NONE && transfer.state == State::failed) return cut_off(transfer);
    short awaited = POLLOUT;
    if (transfer.state != State::blocked) {
      awaited = POLLIN;
      transfer = fetch();  // also when the peer takes nothing more: it may have said why
      if (transfer.state == State::ended || transfer.state == State::failed) return cut_off(transfer);
    }
    auto failure = transfer.bytes > 0 || transfer.state == State::moved
                       ? patience.over(doing)
                       : patience.wait_for(descriptor(), awaited, doing);
    if (failure) return failure;
  }
}

/** The inner stream ended before its time. */
Failure TlsStream::cut_off(const Transfer& transfer) const {
  Failure failure{"ECONNRESET", "The peer closed the connection"};
  if (transfer.state == State::failed) failure = failure_of(*inner_, "read", transfer);
  if (failure.code == "EPIPE") failure.code = "ECONNRESET";
  failure.text += " before " + with_whom() + " had been established";
  return failure;
}

}  // namespace mqtt_native::net::tls
