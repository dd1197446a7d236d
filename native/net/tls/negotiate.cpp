#include <poll.h>

#include "net/tls/tls_stream.hpp"

namespace mqtt_native::net::tls {

using State = Transfer::State;

std::optional<base::Failure> TlsStream::negotiate(const ConnectDeadline& deadline) {
  const std::string doing = "negotiating " + with_whom();
  for (;;) {
    const int state = do_handshake();
    const uint64_t left_before = left_;
    const Transfer pushed = [this] {
      const std::lock_guard lock(writing_mutex_);
      return push();
    }();
    if (failure_) return failure_;
    if (state == SSL_ERROR_NONE && pushed.state == State::moved) return deadline.check(doing);
    if (state == SSL_ERROR_NONE && pushed.state == State::failed) return cut_off(pushed);
    // A peer that accepts no more bytes may have sent its reason, which is read first.
    const Transfer& arrived = ciphertext_.arrived;
    if (pushed.state != State::blocked && ciphertext_.has_ended()) return cut_off(arrived);
    // Bytes that were read before the last write are no answer to it.
    const bool goes_on = pushed.state != State::blocked &&
                         (left_ != left_before || arrived.bytes > 0 || arrived.state == State::moved);
    auto failure =
        goes_on ? deadline.check(doing)
                : deadline.wait_for(descriptor(), pushed.state == State::blocked ? POLLOUT : POLLIN, doing);
    if (failure) return failure;
  }
}

/** The failure of an inner stream that ended during the handshake. */
base::Failure TlsStream::cut_off(const Transfer& transfer) const {
  base::Failure failure{"ECONNRESET", "The peer closed the connection"};
  if (transfer.state == State::failed) failure = to_failure(*inner_, "read", transfer);
  if (failure.code == "EPIPE") failure.code = "ECONNRESET";
  failure.text += " before " + with_whom() + " had been established";
  return failure;
}

}  // namespace mqtt_native::net::tls
