#include "net/websocket/masking_keys.hpp"

#include <sys/random.h>

namespace mqtt_native::net::websocket {

std::optional<MaskingKey> MaskingKeys::next() {
  if (used_ == keys_.size()) {
    if (::getentropy(keys_.data(), sizeof keys_) != 0) return std::nullopt;
    used_ = 0;
  }
  return keys_[used_++];
}

}  // namespace mqtt_native::net::websocket
