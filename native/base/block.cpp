#include "base/block.hpp"

#include <utility>

namespace mqtt_native::base {

namespace {

BlockPool& pool() {
  // never deleted, because connections may outlive statics
  static auto* const pool = new BlockPool(block_size, 16);
  return *pool;
}

}  // namespace

SharedBytes acquire_block() {
  return {pool().acquire().release(), [](std::byte* block) { pool().release(BlockPool::Block(block)); }};
}

BlockPool::Block BlockPool::acquire() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      Block block = std::move(free_.back());  // the block used last may still be in a cache
      free_.pop_back();
      return block;
    }
  }
  return std::make_unique_for_overwrite<std::byte[]>(size_);
}

void BlockPool::release(Block block) {
  const std::lock_guard lock(mutex_);
  if (free_.size() < max_free_) free_.push_back(std::move(block));
}

}  // namespace mqtt_native::base
