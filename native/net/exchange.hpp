#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/failure.hpp"
#include "net/patience.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** What is said over a stream before MQTT is, to a proxy or a web server: one side, then the other. Blocks.
 */
class Exchange {
 public:
  /** `doing`: "talking to the proxy …", for what is reported when it does not come to an end. */
  Exchange(Stream& stream, const Patience& patience, std::string doing)
      : stream_(stream), patience_(patience), doing_(std::move(doing)) {}

  [[nodiscard]] std::optional<Failure> send(std::span<const std::byte> bytes);
  [[nodiscard]] std::optional<Failure> send(std::string_view text) {
    return send(std::as_bytes(std::span(text)));
  }

  /** Takes exactly so many bytes: whatever follows belongs to those who come after. */
  [[nodiscard]] std::optional<Failure> receive(std::span<std::byte> into);

 private:
  Stream& stream_;
  const Patience& patience_;
  const std::string doing_;
};

}  // namespace mqtt_native::net
