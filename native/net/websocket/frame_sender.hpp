#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "net/stream.hpp"
#include "net/websocket/frame.hpp"

namespace mqtt_native::net::websocket {

/** Sends bytes in frames, and control frames between them. One thread at a time. */
class FrameSender {
 public:
  explicit FrameSender(Stream& stream) : stream_(stream) {}

  /** Writes as `Stream::write`. The accepted bytes become one binary message, or several of 64 KiB. */
  Transfer write(std::span<const iovec> from);

  /** Answers a ping before the next message. An unsent answer is replaced by it. */
  void pong(std::span<const std::byte> contents);

  /** Sends a close frame with this code. Only the first call counts. */
  void close(std::optional<uint16_t> code);

  [[nodiscard]] bool closing() const { return closing_; }

  /** Whether the close frame, and so everything, has been written. */
  [[nodiscard]] bool closed() const { return closing_ && !close_waits_ && unsent() == 0; }

 private:
  [[nodiscard]] size_t unsent() const { return frame_.size() - sent_; }
  bool begin_frame(std::span<const iovec> from, size_t taken, size_t size);
  bool fill_frame(Opcode opcode, std::span<const iovec> from, size_t skip, size_t size);
  size_t take(size_t most);

  Stream& stream_;
  MaskingKeys keys_;
  std::vector<std::byte> frame_;  // being written; `sent_` bytes are done
  size_t sent_ = 0;
  size_t framed_ = 0;  // bytes in frames that no write has reported yet
  std::vector<std::byte> pong_;
  bool pong_waits_ = false;
  std::optional<uint16_t> close_code_;
  bool close_waits_ = false;
  bool closing_ = false;
  std::optional<int> error_;  // an errno, permanent
};

}  // namespace mqtt_native::net::websocket
