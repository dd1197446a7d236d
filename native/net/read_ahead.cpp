#include "net/read_ahead.hpp"

#include <algorithm>
#include <cstring>

namespace mqtt_native::net {

Transfer ReadAhead::fill(Stream& stream) {
  if (used_up_ && bytes_.size() > default_capacity) bytes_ = std::vector<std::byte>(default_capacity);
  used_up_ = false;
  if (begin_ > 0 && bytes_.size() - end_ < bytes_.size() / 2) {
    std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const Transfer transfer = stream.read(std::span(bytes_).subspan(end_));
  end_ += transfer.bytes;
  return transfer;
}

void ReadAhead::consume(size_t count) {
  begin_ += count;
  used_up_ = begin_ == end_;
  if (used_up_) begin_ = end_ = 0;
}

void ReadAhead::reserve(size_t size) {
  used_up_ = false;
  if (size <= bytes_.size()) return;
  std::vector<std::byte> larger(size);
  std::copy(bytes_.begin() + static_cast<ptrdiff_t>(begin_), bytes_.begin() + static_cast<ptrdiff_t>(end_),
            larger.begin());
  end_ -= begin_;
  begin_ = 0;
  bytes_ = std::move(larger);
}

}  // namespace mqtt_native::net
