#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace mqtt_native::base {

/**
 * A pool of memory blocks of one size, for any thread. A few released blocks are kept, because fresh memory
 * costs a page fault for each page. Blocks are not zeroed.
 */
class BlockPool {
 public:
  using Block = std::unique_ptr<std::byte[]>;

  /** `size`: bytes of a block. `max_free`: number of released blocks that are kept. */
  BlockPool(size_t size, size_t max_free) : size_(size), max_free_(max_free) {}

  Block acquire();            // any
  void release(Block block);  // any

 private:
  const size_t size_;
  const size_t max_free_;
  std::mutex mutex_;
  std::vector<Block> free_;
};

/** Bytes at a fixed address, kept alive by each holder. */
using SharedBytes = std::shared_ptr<std::byte[]>;

/** Eight packets of 64 KiB and their headers: payloads are often a power of two. */
constexpr size_t block_size = 520 * 1024;

/** Returns a block of `block_size` bytes, not zeroed. It is reused once the last holder has released it. */
SharedBytes acquire_block();  // any

}  // namespace mqtt_native::base
