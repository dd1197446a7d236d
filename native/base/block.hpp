#pragma once

#include <cstddef>
#include <memory>

namespace mqtt_native::base {

/** Bytes at a fixed address, kept alive by each holder. */
using SharedBytes = std::shared_ptr<std::byte[]>;

/**
 * Room for eight packets of 64 KiB with their headers. Payloads are often a power of two, and an incomplete
 * packet at the end must be moved to the next block.
 */
constexpr size_t block_size = 520 * 1024;

/** Returns a block of `block_size` bytes, not zeroed. It is reused once the last holder has released it. */
SharedBytes acquire_block();  // any

}  // namespace mqtt_native::base
