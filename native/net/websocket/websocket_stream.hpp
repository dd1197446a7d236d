#pragma once

#include <memory>
#include <mutex>

#include "net/stream.hpp"
#include "net/websocket/frame_parser.hpp"
#include "net/websocket/frame_sender.hpp"

namespace mqtt_native::net::websocket {

/** The contents of a WebSocket's binary messages as one stream (RFC 6455, client side). */
class WebSocketStream final : public Stream {
 public:
  /** Owns a stream on which the upgrade has succeeded. */
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
  FrameParser parser_;  // reading thread

  mutable std::mutex mutex_;  // guards the following: the reading thread sends answers, too
  FrameSender sender_;
  std::optional<base::Failure> failure_;  // set by the reading thread only
};

}  // namespace mqtt_native::net::websocket
