#include "net/read_ahead.hpp"

#include <algorithm>
#include <cstring>

namespace mqtt_native::net {

namespace {

/** A read into less room than this is not worth its system call. */
constexpr size_t least_room = block_size / 4;
/** What is buffered while nothing is read has memory of its own up to this size. */
constexpr size_t small = 16 * 1024;
/** So many bytes at once are worth being held where they are. */
constexpr size_t large_fill = 32 * 1024;

}  // namespace

Transfer ReadAhead::fill(Stream& stream) {
  make_room();
  const Transfer transfer = stream.read({memory_.get() + end_, size_ - end_});
  end_ += transfer.bytes;
  last_fill_ = transfer.bytes;
  return transfer;
}

void ReadAhead::make_room() {
  const size_t wanted = std::max(reserved_, block_size);
  const bool is_sole_holder = memory_.use_count() == 1;
  const bool is_short = size_ - end_ < least_room || size_ - begin_ < reserved_;
  if (size_ == wanted && is_sole_holder && (is_short || begin_ == end_)) {
    std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  } else if (size_ != wanted || is_short) {
    const bool is_block = wanted == block_size;
    move_to(is_block ? lend_block() : std::make_shared_for_overwrite<std::byte[]>(wanted), wanted);
  }
}

void ReadAhead::move_to(SharedBytes memory, size_t size) {
  std::copy(bytes().begin(), bytes().end(), memory.get());
  end_ -= begin_;
  begin_ = 0;
  memory_ = std::move(memory);
  size_ = size;
}

void ReadAhead::consume(size_t count) {
  begin_ += count;
  if (begin_ == end_) reserved_ = 0;
}

void ReadAhead::reserve(size_t size) {
  reserved_ = size;
}

void ReadAhead::rest() {
  const size_t count = end_ - begin_;
  if (count == 0) {
    memory_.reset();
    size_ = begin_ = end_ = 0;
  } else if (count <= small && size_ >= block_size) {
    move_to(std::make_shared_for_overwrite<std::byte[]>(count), count);
  }
}

const SharedBytes& ReadAhead::memory() const {
  static const SharedBytes none;
  return last_fill_ >= large_fill ? memory_ : none;
}

}  // namespace mqtt_native::net
