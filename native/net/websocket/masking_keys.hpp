#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace mqtt_native::net::websocket {

using MaskingKey = std::array<std::byte, 4>;

/**
 * Unpredictable masking keys (RFC 6455, section 10.3): no payload can be chosen so that a proxy mistakes it
 * for another protocol. The keys are fetched from the system in batches.
 */
class MaskingKeys {
 public:
  /** Returns nothing if the system has no random numbers; errno tells why. */
  std::optional<MaskingKey> next();

 private:
  std::array<MaskingKey, 64> keys_;
  size_t used_ = keys_.size();
};

}  // namespace mqtt_native::net::websocket
