#pragma once

#include <cstddef>
#include <memory>

namespace mqtt_native::net {

/** Bytes that stay where they are for as long as somebody holds them. */
using SharedBytes = std::shared_ptr<std::byte[]>;

constexpr size_t block_size = 256 * 1024;

/** A block of memory that is not zeroed. When nobody holds it any more it serves others: fresh memory costs a
 * page fault for each of its pages. */
SharedBytes lend_block();

}  // namespace mqtt_native::net
