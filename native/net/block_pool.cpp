#include "net/block_pool.hpp"

#include <utility>

namespace mqtt_native::net {

BlockPool::Block BlockPool::lend() {
  {
    const std::lock_guard lock(mutex_);
    if (!spare_.empty()) {
      Block block = std::move(spare_.back());  // the one that was used last may still be in a cache
      spare_.pop_back();
      return block;
    }
  }
  return std::make_unique_for_overwrite<std::byte[]>(size_);
}

void BlockPool::take_back(Block block) {
  const std::lock_guard lock(mutex_);
  if (spare_.size() < most_spare_) spare_.push_back(std::move(block));
}

}  // namespace mqtt_native::net
