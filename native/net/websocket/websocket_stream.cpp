#include "net/websocket/websocket_stream.hpp"

#include <cerrno>
#include <string>

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

/**
 * Frames are taken apart where they have been read to, so nothing is ever kept here that could be read
 * without waiting: what the stream below says about more to come holds for this one.
 */
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
    sender_.write({});  // what cannot leave now goes with the next write; should it fail, that one will
  }
  return transfer;
}

Transfer WebSocketStream::at_end() const {
  return failure_ ? Transfer{State::failed, 0, ECONNRESET} : Transfer{State::ended};
}

/** A close frame of ours answers the server's, or tells it what it did wrong. */
void WebSocketStream::answer(const End& end) {
  const std::lock_guard lock(mutex_);
  const bool is_answer_to_ours = sender_.closing() && !end.is_error;
  if (!is_answer_to_ours) failure_ = failure_at(end);
  sender_.close(end.code);
  sender_.write({});
  if (!end.is_error && sender_.closed()) below_->finish_writing();  // now that both have said so
}

Transfer WebSocketStream::write(std::span<const iovec> from) {
  const std::lock_guard lock(mutex_);
  return sender_.write(from);
}

/**
 * Only a close frame: the stream below stays open, as some proxies on the way let go of both directions when
 * one ends, and with them of what the server has yet to read. It closes once it has answered.
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
