#include "net/read_buffer.hpp"

#include <algorithm>

namespace mqtt_native::net {

namespace {

/** A read into less space is not worth its system call, except for the rest of a packet. */
constexpr size_t min_read_space = base::block_size / 8;
/** Up to this size an idle connection's bytes are copied to memory of their own. */
constexpr size_t max_idle_copy = 16 * 1024;
/** A read of at least this size is held in place. */
constexpr size_t min_held_fill = 32 * 1024;

/** The unused part of a block, for the next connection of this thread. */
struct SharedBlock {
  base::SharedBytes block;
  size_t used = 0;
};
thread_local SharedBlock shared_block;

SharedBlock take_shared_block() {
  if (shared_block.block) return std::exchange(shared_block, {});
  return {base::acquire_block(), 0};
}

/**
 * Whether the memory may be written to again. Other holders only release, and new holders come from the
 * reader alone, so a count of one stays one. Reading the count orders nothing. Acquiring and releasing a
 * reference makes the writes of earlier holders happen before the reader's. (A fence would do, but
 * ThreadSanitizer does not support fences.)
 */
bool is_sole_holder(const base::SharedBytes& memory) {
  if (memory.use_count() != 1) return false;
  base::SharedBytes(memory).reset();
  return true;
}

void leave_shared_block(base::SharedBytes block, size_t used) {
  const size_t begin = is_sole_holder(block) ? 0 : used;
  if (base::block_size - begin >= min_read_space) shared_block = {std::move(block), begin};
}

}  // namespace

Transfer ReadBuffer::fill(Stream& stream, size_t at_most) {
  make_room();
  const Transfer transfer = stream.read({memory_.get() + end_, std::min(size_ - end_, at_most)});
  end_ += transfer.bytes;
  last_fill_ = transfer.bytes;
  return transfer;
}

void ReadBuffer::make_room() {
  const size_t wanted = std::max(reserved_, base::block_size);
  const bool is_incomplete = end_ - begin_ < reserved_;
  const bool is_short = is_incomplete ? size_ - begin_ < reserved_ : size_ - end_ < min_read_space;
  if (size_ == wanted && (is_short || begin_ == end_) && is_sole_holder(memory_)) {
    std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else if (wanted == base::block_size && (!memory_ || size_ < min_read_space)) {
    auto [block, used] = take_shared_block();
    move_to(std::move(block), base::block_size, used);
  } else if (size_ != wanted || is_short) {
    const bool is_block = wanted == base::block_size;
    move_to(is_block ? base::acquire_block() : std::make_shared_for_overwrite<std::byte[]>(wanted), wanted,
            0);
  }
}

void ReadBuffer::move_to(base::SharedBytes memory, size_t size, size_t begin) {
  std::copy(bytes().begin(), bytes().end(), memory.get() + begin);
  end_ = begin + end_ - begin_;
  begin_ = begin;
  memory_ = std::move(memory);
  size_ = size;
}

void ReadBuffer::consume(size_t count) {
  begin_ += count;
  if (begin_ == end_) reserved_ = 0;
}

void ReadBuffer::reserve(size_t size) {
  const bool is_early = size > reserved_ && end_ - begin_ < reserved_;
  if (!is_early) reserved_ = size;
}

void ReadBuffer::release_if_idle() {
  const size_t count = end_ - begin_;
  if (!memory_ || count > max_idle_copy || size_ < base::block_size) return;
  const bool is_block = size_ == base::block_size;
  base::SharedBytes before = memory_;
  const size_t used = end_;
  if (count == 0) {
    memory_.reset();
    size_ = begin_ = end_ = 0;
  } else {
    move_to(std::make_shared_for_overwrite<std::byte[]>(count), count, 0);
  }
  if (is_block) leave_shared_block(std::move(before), used);
}

const base::SharedBytes& ReadBuffer::memory() const {
  // never deleted, because the receive thread may outlive statics
  static const auto* const none = new base::SharedBytes;
  return size_ > base::block_size || last_fill_ >= min_held_fill ? memory_ : *none;
}

}  // namespace mqtt_native::net
