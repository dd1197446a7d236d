#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>

namespace mqtt_native::base {

/** Returns the total size of the parts in bytes. */
inline size_t total_size(std::span<const iovec> parts) {
  size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

}  // namespace mqtt_native::base
