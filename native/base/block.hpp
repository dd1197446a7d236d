#pragma once

#include <cstddef>
#include <memory>

namespace mqtt_native::base {

/** Bytes that stay where they are for as long as somebody holds them. */
using SharedBytes = std::shared_ptr<std::byte[]>;

/**
 * Room for eight packets of 64 KiB each, with their headers: payloads are a power of two often, and what
 * comes of the packet after them has to be moved to the next block.
 */
constexpr size_t block_size = 520 * 1024;

/** A block of memory that is not zeroed. When nobody holds it any more it serves others. */
SharedBytes acquire_block();  // any

}  // namespace mqtt_native::base
