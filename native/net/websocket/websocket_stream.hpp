#pragma once

#include <memory>
#include <mutex>

#include "net/stream.hpp"
#include "net/websocket/frame_parser.hpp"
#include "net/websocket/frame_sender.hpp"

namespace mqtt_native::net::websocket {

/** The contents of the binary messages of a WebSocket, as one stream (RFC 6455, the client's side). */
class WebSocketStream final : public Stream {
 public:
  /** Takes over a stream on which the upgrade has been agreed. */
  explicit WebSocketStream(std::unique_ptr<Stream> below) : below_(std::move(below)), sender_(*below_) {}

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  [[nodiscard]] bool delays_ack() const override { return below_->delays_ack(); }
  void finish_writing() override;
  [[nodiscard]] std::optional<base::Failure> failure() const override;
  [[nodiscard]] int descriptor() const override { return below_->descriptor(); }

 private:
  [[nodiscard]] Transfer at_end() const;
  void answer(const End& end);

  const std::unique_ptr<Stream> below_;
  FrameParser parser_;  // of the reading thread

  mutable std::mutex mutex_;  // of what follows: the reading thread sends answers
  FrameSender sender_;
  std::optional<base::Failure> failure_;  // set by the reading thread only
};

}  // namespace mqtt_native::net::websocket
