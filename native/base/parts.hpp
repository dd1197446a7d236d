#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

namespace mqtt_native::base {

inline size_t total_size(std::span<const iovec> parts) {
  size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

inline std::vector<std::byte> joined(std::span<const iovec> parts) {
  std::vector<std::byte> bytes;
  bytes.reserve(total_size(parts));
  for (const iovec& part : parts) {
    const auto* begin = static_cast<const std::byte*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  return bytes;
}

}  // namespace mqtt_native::base
