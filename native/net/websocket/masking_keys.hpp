#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace mqtt_native::net::websocket {

using MaskingKey = std::array<std::byte, 4>;

/**
 * Keys that nobody can predict (RFC 6455, section 10.3), so that no payload can be chosen to look like
 * something else to a proxy on the way. The system is asked for many at a time.
 */
class MaskingKeys {
 public:
  /** Nothing when the system has none; errno then tells why. */
  std::optional<MaskingKey> next();

 private:
  std::array<MaskingKey, 64> keys_;
  size_t used_ = keys_.size();
};

}  // namespace mqtt_native::net::websocket
