#include "net/read_ahead.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mqtt_native::net {

namespace {

/** A read into less room than this is not worth its system call, but for the rest of a packet. */
constexpr size_t least_room = block_size / 8;
/** What is buffered while nothing is read has memory of its own up to this size. */
constexpr size_t small = 16 * 1024;
/** So many bytes at once are worth being held where they are. */
constexpr size_t large_fill = 32 * 1024;

/** What is left of the block that the last connection of this thread read into, for the next one. */
struct Rest {
  SharedBytes block;
  size_t used = 0;
};
thread_local Rest rest_of_block;

Rest take_rest_of_block() {
  if (rest_of_block.block) return std::exchange(rest_of_block, {});
  return {lend_block(), 0};
}

/**
 * Whether the memory may be written to again. Others only let go of what they hold, and new holders come from
 * who reads: a count of one stays one. But to look at it orders nothing; to take a hold and let go of it has
 * what they did come before what we do. (A fence would, too, but ThreadSanitizer knows none.)
 */
bool is_sole_holder(const SharedBytes& memory) {
  if (memory.use_count() != 1) return false;
  SharedBytes(memory).reset();
  return true;
}

void leave_rest_of_block(SharedBytes block, size_t used) {
  const size_t begin = is_sole_holder(block) ? 0 : used;
  if (block_size - begin >= least_room) rest_of_block = {std::move(block), begin};
}

}  // namespace

Transfer ReadAhead::fill(Stream& stream, size_t at_most) {
  make_room();
  const Transfer transfer = stream.read({memory_.get() + end_, std::min(size_ - end_, at_most)});
  end_ += transfer.bytes;
  last_fill_ = transfer.bytes;
  return transfer;
}

void ReadAhead::make_room() {
  const size_t wanted = std::max(reserved_, block_size);
  const bool awaits_rest = end_ - begin_ < reserved_;
  const bool is_short = awaits_rest ? size_ - begin_ < reserved_ : size_ - end_ < least_room;
  if (size_ == wanted && (is_short || begin_ == end_) && is_sole_holder(memory_)) {
    std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else if (wanted == block_size && (!memory_ || size_ < least_room)) {
    auto [block, used] = take_rest_of_block();
    move_to(std::move(block), block_size, used);
  } else if (size_ != wanted || is_short) {
    const bool is_block = wanted == block_size;
    move_to(is_block ? lend_block() : std::make_shared_for_overwrite<std::byte[]>(wanted), wanted, 0);
  }
}

void ReadAhead::move_to(SharedBytes memory, size_t size, size_t begin) {
  std::copy(bytes().begin(), bytes().end(), memory.get() + begin);
  end_ = begin + end_ - begin_;
  begin_ = begin;
  memory_ = std::move(memory);
  size_ = size;
}

void ReadAhead::consume(size_t count) {
  begin_ += count;
  if (begin_ == end_) reserved_ = 0;
}

void ReadAhead::reserve(size_t size) {
  const bool is_early = size > reserved_ && end_ - begin_ < reserved_;
  if (!is_early) reserved_ = size;
}

void ReadAhead::rest() {
  const size_t count = end_ - begin_;
  if (!memory_ || count > small || size_ < block_size) return;
  const bool is_block = size_ == block_size;
  SharedBytes before = memory_;
  const size_t used = end_;
  if (count == 0) {
    memory_.reset();
    size_ = begin_ = end_ = 0;
  } else {
    move_to(std::make_shared_for_overwrite<std::byte[]>(count), count, 0);
  }
  if (is_block) leave_rest_of_block(std::move(before), used);
}

const SharedBytes& ReadAhead::memory() const {
  // never deleted: the receive thread may outlive statics
  static const auto* const none = new SharedBytes;
  return size_ > block_size || last_fill_ >= large_fill ? memory_ : *none;
}

}  // namespace mqtt_native::net
