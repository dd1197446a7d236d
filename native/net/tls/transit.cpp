#include "net/tls/transit.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

namespace mqtt_native::net::tls {

namespace {

/** Blocks that nobody uses: no more than threads that could soon want some. */
class Blocks {
 public:
  using Block = std::unique_ptr<std::byte[]>;

  static Blocks& get() {
    static auto* const blocks = new Blocks;  // never deleted: connections may outlive statics
    return *blocks;
  }

  Block lend() {
    {
      const std::lock_guard lock(mutex_);
      if (!spare_.empty()) {
        Block block = std::move(spare_.back());
        spare_.pop_back();
        return block;
      }
    }
    return std::make_unique_for_overwrite<std::byte[]>(Transit::block_size);
  }

  void take_back(Block block) {
    const std::lock_guard lock(mutex_);
    if (spare_.size() < most) spare_.push_back(std::move(block));
  }

 private:
  static constexpr size_t most = 8;

  std::mutex mutex_;
  std::vector<Block> spare_;
};

}  // namespace

void Transit::swap(Transit& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(capacity_, other.capacity_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
}

void Transit::append(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  if (capacity_ - end_ < bytes.size()) make_room(bytes.size());
  std::memcpy(block_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
}

void Transit::consume(size_t count) {
  begin_ += count;
  if (empty()) give_back();
}

void Transit::make_room(size_t size) {
  if (!block_ && size <= block_size) {
    block_ = Blocks::get().lend();
    capacity_ = block_size;
    return;
  }
  const size_t capacity = std::max(2 * capacity_, this->size() + size);
  auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
  const auto kept = bytes();
  std::copy(kept.begin(), kept.end(), larger.get());
  Transit old;
  swap(old);
  block_ = std::move(larger);
  capacity_ = capacity;
  end_ = kept.size();
}

void Transit::give_back() {
  if (capacity_ == block_size) Blocks::get().take_back(std::move(block_));
  block_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace mqtt_native::net::tls
