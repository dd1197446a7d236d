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

/** What is said over a stream before MQTT is, to a proxy or a web server: one side, then the other. Blocks.
 */
class BlockingIo {
 public:
  /** `doing`: "talking to the proxy …", for what is reported when it does not come to an end. */
  BlockingIo(Stream& stream, const ConnectDeadline& deadline, std::string doing)
      : stream_(stream), deadline_(deadline), doing_(std::move(doing)) {}

  [[nodiscard]] std::optional<base::Failure> send(std::span<const std::byte> bytes);
  [[nodiscard]] std::optional<base::Failure> send(std::string_view text) {
    return send(std::as_bytes(std::span(text)));
  }

  /** Takes exactly so many bytes: whatever follows belongs to those who come after. */
  [[nodiscard]] std::optional<base::Failure> receive(std::span<std::byte> into);

 private:
  Stream& stream_;
  const ConnectDeadline& deadline_;
  const std::string doing_;
};

}  // namespace mqtt_native::net
