#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/failure.hpp"
#include "net/connect_deadline.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** Sends and receives during a handshake that precedes MQTT, with a proxy or a web server. Blocks. */
class BlockingIo {
 public:
  /** `doing`: the activity for error messages, such as "talking to the proxy …". */
  BlockingIo(Stream& stream, const ConnectDeadline& deadline, std::string doing)
      : stream_(stream), deadline_(deadline), doing_(std::move(doing)) {}

  [[nodiscard]] std::optional<base::Failure> send(std::span<const std::byte> bytes);
  [[nodiscard]] std::optional<base::Failure> send(std::string_view text) {
    return send(std::as_bytes(std::span(text)));
  }

  /** Receives exactly `into.size()` bytes and leaves the following bytes to the next reader. */
  [[nodiscard]] std::optional<base::Failure> receive(std::span<std::byte> into);

 private:
  Stream& stream_;
  const ConnectDeadline& deadline_;
  const std::string doing_;
};

}  // namespace mqtt_native::net
