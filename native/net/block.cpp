#include "net/block.hpp"

#include "net/block_pool.hpp"

namespace mqtt_native::net {

namespace {

BlockPool& pool() {
  // never deleted: connections may outlive statics
  static auto* const pool = new BlockPool(block_size, 16);
  return *pool;
}

}  // namespace

SharedBytes lend_block() {
  return {pool().lend().release(), [](std::byte* block) { pool().take_back(BlockPool::Block(block)); }};
}

}  // namespace mqtt_native::net
