#include "net/write_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace mqtt_native::net {

namespace {

/** Limits of one system call: small parts cost little, and 1 MiB is more than a socket accepts at once. */
constexpr size_t max_parts = 256;
constexpr size_t max_write_size = 1024 * 1024;
constexpr size_t first_capacity = 2 * 1024;
constexpr size_t growth = 8;

}  // namespace

size_t WriteBuffer::append(std::span<const iovec> parts, size_t skip) {
  const size_t before = size_;
  for (const iovec& part : parts) {
    const size_t skipped = std::min(skip, part.iov_len);
    skip -= skipped;
    append(std::span(static_cast<const std::byte*>(part.iov_base), part.iov_len).subspan(skipped));
  }
  return size_ - before;
}

void WriteBuffer::append(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (!block_ || used_ == capacity_) open_block(bytes.size());
    const bool goes_on =
        !segments_.empty() && segments_.back().memory == block_ && segments_.back().end == used_;
    if (!goes_on) segments_.push_back({block_, used_, used_});
    const auto taken = bytes.first(std::min(bytes.size(), capacity_ - used_));
    std::memcpy(block_.get() + used_, taken.data(), taken.size());
    used_ += taken.size();
    segments_.back().end = used_;
    bytes = bytes.subspan(taken.size());
  }
}

/** Grows up to whole blocks, because many connections may each queue few bytes. */
void WriteBuffer::open_block(size_t wanted) {
  capacity_ = segments_.empty() ? first_capacity : std::min(capacity_ * growth, base::block_size);
  if (capacity_ < wanted) capacity_ = base::block_size;
  block_ = capacity_ < base::block_size ? std::make_shared_for_overwrite<std::byte[]>(capacity_)
                                        : base::acquire_block();
  used_ = 0;
}

void WriteBuffer::append_held(const base::SharedBytes& memory, std::span<const std::byte> bytes) {
  const auto begin = static_cast<size_t>(bytes.data() - memory.get());
  segments_.push_back({memory, begin, begin + bytes.size()});
  size_ += bytes.size();
}

void WriteBuffer::prepend(WriteBuffer bytes) {
  segments_.insert(segments_.begin(), std::make_move_iterator(bytes.segments_.begin()),
                   std::make_move_iterator(bytes.segments_.end()));
  size_ += bytes.size_;
}

std::vector<iovec> WriteBuffer::parts() const {
  std::vector<iovec> parts;
  size_t bytes = 0;
  for (const Segment& segment : segments_) {
    if (parts.size() == max_parts || bytes >= max_write_size) break;
    parts.push_back({segment.memory.get() + segment.begin, segment.end - segment.begin});
    bytes += parts.back().iov_len;
  }
  return parts;
}

void WriteBuffer::consume(size_t count) {
  size_ -= count;
  while (count > 0) {
    Segment& first = segments_.front();
    const size_t consumed = std::min(count, first.end - first.begin);
    first.begin += consumed;
    count -= consumed;
    if (first.begin == first.end) segments_.pop_front();
  }
  if (segments_.empty()) block_.reset();
}

void WriteBuffer::clear() {
  segments_.clear();
  block_.reset();
  size_ = 0;
}

}  // namespace mqtt_native::net
