#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace mqtt_native::net {

/**
 * Blocks of one size for those who need them for a while, on any thread. Some that came back are kept for the
 * next: fresh memory costs a page fault for each of its pages. It is not zeroed.
 */
class BlockPool {
 public:
  using Block = std::unique_ptr<std::byte[]>;

  /** `size`: of a block. `most_spare`: so many are kept. */
  BlockPool(size_t size, size_t most_spare) : size_(size), most_spare_(most_spare) {}

  Block lend();                 // any
  void take_back(Block block);  // any

 private:
  const size_t size_;
  const size_t most_spare_;
  std::mutex mutex_;
  std::vector<Block> spare_;
};

}  // namespace mqtt_native::net
