#include "net/websocket/websocket_stream.hpp"

#include <cerrno>

#include "base/sanitize.hpp"

namespace mqtt_native::net::websocket {

using State = Transfer::State;

namespace {

base::Failure failure_at(const End& end) {
  if (end.is_error) return {"PROTOCOL_ERROR", "The broker " + end.text};
  std::string text = "The broker closed the WebSocket";
  if (!end.code) return {"CONNECTION_LOST", text + " without saying why"};
  text.append(": ").append(std::to_string(*end.code));
  if (const auto name = close_code_name(*end.code); !name.empty()) text.append(" ").append(name);
  if (!end.text.empty()) text.append(", ").append(base::quoted(end.text));
  return {"CONNECTION_LOST", std::move(text)};
}

}  // namespace

/** Reads and unframes in place. It keeps no bytes, so the state of the inner transfer holds for it. */
Transfer WebSocketStream::read(std::span<std::byte> into) {
  if (parser_.end()) return at_end();
  Transfer transfer = below_->read(into);
  transfer.bytes = parser_.unframe(into.first(transfer.bytes));
  const auto ping = parser_.take_ping();
  if (const auto& end = parser_.end()) {
    answer(*end);
    return transfer.bytes > 0 ? Transfer{State::moved, transfer.bytes} : at_end();
  }
  if (ping) {
    const std::lock_guard lock(mutex_);
    sender_.pong(*ping);
    sender_.write({});  // the rest is sent with the next write, which also reports a failure
  }
  return transfer;
}

Transfer WebSocketStream::at_end() const {
  return failure_ ? Transfer{State::failed, 0, ECONNRESET} : Transfer{State::ended};
}

/** Answers the server's close frame, or reports its error to it. */
void WebSocketStream::answer(const End& end) {
  const std::lock_guard lock(mutex_);
  const bool is_answer_to_ours = sender_.closing() && !end.is_error;
  if (!is_answer_to_ours) failure_ = failure_at(end);
  sender_.close(end.code);
  sender_.write({});
  if (!end.is_error && sender_.closed()) below_->finish_writing();  // both sides have sent a close frame
}

Transfer WebSocketStream::write(std::span<const iovec> from) {
  const std::lock_guard lock(mutex_);
  return sender_.write(from);
}

/**
 * Sends a close frame only. The inner stream stays open: some proxies close both directions when one ends,
 * and would lose bytes that the server has yet to read. It is closed after the server's answer.
 */
void WebSocketStream::finish_writing() {
  const std::lock_guard lock(mutex_);
  sender_.close(static_cast<uint16_t>(CloseCode::normal));
  sender_.write({});
}

std::optional<base::Failure> WebSocketStream::failure() const {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return failure_;
  }
  return below_->failure();
}

}  // namespace mqtt_native::net::websocket
