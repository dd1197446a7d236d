#include "net/websocket/frame_sender.hpp"

#include <algorithm>
#include <cerrno>

#include "base/parts.hpp"

namespace mqtt_native::net::websocket {

using State = Transfer::State;

namespace {

void append_portion(std::vector<std::byte>& into, std::span<const iovec> parts, size_t skip, size_t size) {
  for (const iovec& part : parts) {
    const size_t skipped = std::min(skip, part.iov_len);
    const size_t portion = std::min(size, part.iov_len - skipped);
    const auto* from = static_cast<const std::byte*>(part.iov_base) + skipped;
    into.insert(into.end(), from, from + portion);
    skip -= skipped;
    size -= portion;
    if (size == 0) return;
  }
}

}  // namespace

Transfer FrameSender::write(std::span<const iovec> from) {
  if (error_) return {State::failed, 0, *error_};
  const size_t size = base::total_size(from);
  size_t taken = take(size);
  bool lets_go = size == 0;  // an empty write, perhaps for the inner stream
  while (unsent() > 0 || begin_frame(from, taken, size)) {
    lets_go = false;
    const iovec rest{frame_.data() + sent_, unsent()};
    const Transfer transfer = stream_.write({&rest, 1});
    sent_ += transfer.bytes;
    taken += take(size - taken);
    if (transfer.state == State::failed) error_ = transfer.error;
    if (transfer.state != State::moved)
      return {.state = transfer.state,
              .bytes = taken,
              .error = transfer.error,
              .awaits_read = transfer.awaits_read};
  }
  if (error_) return {State::failed, taken, *error_};
  if (taken < size) return {State::failed, taken, EPIPE};  // nothing follows a close frame
  return lets_go && !closing_ ? stream_.write({}) : Transfer{State::moved, taken};
}

void FrameSender::pong(std::span<const std::byte> contents) {
  if (closing_) return;
  pong_.assign(contents.begin(), contents.end());
  pong_waits_ = true;
}

void FrameSender::close(std::optional<uint16_t> code) {
  if (std::exchange(closing_, true)) return;
  close_waits_ = true;
  close_code_ = code;
  pong_waits_ = false;
}

/** Fills the next frame once the last one is written. Returns false if there is none, or on failure. */
bool FrameSender::begin_frame(std::span<const iovec> from, size_t taken, size_t size) {
  if (std::exchange(close_waits_, false)) {
    std::array<std::byte, 2> contents{static_cast<std::byte>(close_code_.value_or(0) >> 8),
                                      static_cast<std::byte>(close_code_.value_or(0) & 0xFF)};
    const iovec part{contents.data(), close_code_ ? contents.size() : 0};
    return fill_frame(Opcode::close, {&part, 1}, 0, part.iov_len);
  }
  if (std::exchange(pong_waits_, false)) {
    const iovec part{pong_.data(), pong_.size()};
    return fill_frame(Opcode::pong, {&part, 1}, 0, pong_.size());
  }
  if (closing_ || taken == size) return false;
  const size_t portion = std::min(size - taken, contents_limit);
  if (!fill_frame(Opcode::binary, from, taken, portion)) return false;
  framed_ = portion;
  return true;
}

bool FrameSender::fill_frame(Opcode opcode, std::span<const iovec> from, size_t skip, size_t size) {
  const auto key = keys_.next();
  if (!key) {
    error_ = errno;
    return false;
  }
  frame_.clear();
  sent_ = 0;
  append_header(frame_, opcode, size, *key);
  append_portion(frame_, from, skip, size);
  mask(std::span(frame_).last(size), *key);
  return true;
}

/** Returns how many of the framed bytes count as written, at most `most`. */
size_t FrameSender::take(size_t most) {
  // the unsent bytes are the last ones of their frame
  const size_t left = framed_ - std::min(framed_, unsent());
  const size_t taken = std::min(left, most);
  framed_ -= taken;
  return taken;
}

}  // namespace mqtt_native::net::websocket
