#include "net/write_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace mqtt_native::net {

namespace {

constexpr size_t most_parts = 4;

}  // namespace

void WriteBuffer::append(std::span<const iovec> parts, size_t skip) {
  for (const iovec& part : parts) {
    const size_t skipped = std::min(skip, part.iov_len);
    skip -= skipped;
    append(std::span(static_cast<const std::byte*>(part.iov_base), part.iov_len).subspan(skipped));
  }
}

void WriteBuffer::append(std::span<const std::byte> bytes) {
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (segments_.empty() || segments_.back().end == block_size) segments_.push_back({lend_block()});
    Segment& last = segments_.back();
    const auto taken = bytes.first(std::min(bytes.size(), block_size - last.end));
    std::memcpy(last.block.get() + last.end, taken.data(), taken.size());
    last.end += taken.size();
    bytes = bytes.subspan(taken.size());
  }
}

void WriteBuffer::prepend(WriteBuffer bytes) {
  segments_.insert(segments_.begin(), std::make_move_iterator(bytes.segments_.begin()),
                   std::make_move_iterator(bytes.segments_.end()));
  size_ += bytes.size_;
}

std::vector<iovec> WriteBuffer::parts() const {
  std::vector<iovec> parts;
  for (const Segment& segment : segments_) {
    if (parts.size() == most_parts) break;
    parts.push_back({segment.block.get() + segment.begin, segment.end - segment.begin});
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
}

void WriteBuffer::clear() {
  segments_.clear();
  size_ = 0;
}

}  // namespace mqtt_native::net
