#include "net/tls/record_chunker.hpp"

#include <algorithm>
#include <cstring>

#include "base/parts.hpp"

namespace mqtt_native::net::tls {

RecordChunker::RecordChunker(std::span<const iovec> parts) : parts_(parts), size_(base::total_size(parts)) {}

std::span<const std::byte> RecordChunker::piece() {
  while (!parts_.empty() && offset_ == parts_.front().iov_len) {
    parts_ = parts_.subspan(1);
    offset_ = 0;
  }
  if (parts_.empty()) return {};
  const iovec& part = parts_.front();
  return std::span(static_cast<const std::byte*>(part.iov_base), part.iov_len).subspan(offset_);
}

void RecordChunker::skip(size_t count) {
  for (count = std::min(count, size_); count > 0;) {
    const size_t skipped = std::min(count, piece().size());
    offset_ += skipped;
    size_ -= skipped;
    count -= skipped;
  }
}

std::span<const std::byte> RecordChunker::next(size_t limit) {
  const size_t wanted = std::min(limit, size_);
  const std::span<const std::byte> whole = piece();
  if (whole.size() >= wanted) {
    skip(wanted);
    return whole.first(wanted);
  }
  size_t gathered = 0;
  while (gathered < wanted) {
    const std::span<const std::byte> part = piece().first(std::min(piece().size(), wanted - gathered));
    std::memcpy(gathered_.data() + gathered, part.data(), part.size());
    skip(part.size());
    gathered += part.size();
  }
  return {gathered_.data(), gathered};
}

}  // namespace mqtt_native::net::tls
