#include "base/block.hpp"

#include "base/block_pool.hpp"

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

}  // namespace mqtt_native::base
