#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace mqtt_native::base {

/**
 * Blocks of one size for those who need them for a while, on any thread. Some that came back are kept for the
 * next: fresh memory costs a page fault for each of its pages. It is not zeroed.
 */
class BlockPool {
 public:
  using Block = std::unique_ptr<std::byte[]>;

  /** `size`: of a block. `most_spare`: so many are kept. */
  BlockPool(size_t size, size_t max_free) : size_(size), max_free_(max_free) {}

  Block acquire();            // any
  void release(Block block);  // any

 private:
  const size_t size_;
  const size_t max_free_;
  std::mutex mutex_;
  std::vector<Block> free_;
};

}  // namespace mqtt_native::base
