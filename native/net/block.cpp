#include "net/block.hpp"

#include <mutex>
#include <vector>

namespace mqtt_native::net {

namespace {

/** Blocks that nobody uses. */
class SpareBlocks {
 public:
  using Block = std::unique_ptr<std::byte[]>;

  static SpareBlocks& get() {
    static auto* const blocks = new SpareBlocks;  // never deleted: connections may outlive statics
    return *blocks;
  }

  Block take() {
    {
      const std::lock_guard lock(mutex_);
      if (!blocks_.empty()) {
        Block block = std::move(blocks_.back());
        blocks_.pop_back();
        return block;
      }
    }
    return std::make_unique_for_overwrite<std::byte[]>(block_size);
  }

  void keep(Block block) {
    const std::lock_guard lock(mutex_);
    if (blocks_.size() < most) blocks_.push_back(std::move(block));
  }

 private:
  static constexpr size_t most = 16;

  std::mutex mutex_;
  std::vector<Block> blocks_;
};

}  // namespace

SharedBytes lend_block() {
  return {SpareBlocks::get().take().release(),
          [](std::byte* block) { SpareBlocks::get().keep(SpareBlocks::Block(block)); }};
}

}  // namespace mqtt_native::net
