#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "net/stream.hpp"
#include "wire/packet.hpp"

namespace mqtt_native::test {

/** A stream whose other end is the test. */
class FakeStream final : public net::Stream {
 public:
  using State = net::Transfer::State;

  void feed(const wire::Bytes& bytes) { incoming_.insert(incoming_.end(), bytes.begin(), bytes.end()); }

  net::Transfer read(std::span<std::byte> into) override {
    largest_read = std::max(largest_read, into.size());
    if (incoming_.empty()) return ended ? net::Transfer{State::ended} : net::Transfer{State::blocked};
    const size_t count = std::min(into.size(), incoming_.size());
    std::copy_n(incoming_.begin(), count, into.begin());
    incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<ptrdiff_t>(count));
    return {count < into.size() ? State::drained : State::moved, count};
  }

  net::Transfer write(std::span<const iovec> from) override {
    writes++;
    if (finished) return {State::failed, 0, EPIPE};
    if (write_error != 0) return {State::failed, 0, write_error};
    if (writable == 0) return {State::blocked};
    size_t count = 0;
    for (const iovec& part : from) {
      const size_t taken = std::min(part.iov_len, writable);
      const auto* begin = static_cast<const std::byte*>(part.iov_base);
      written.insert(written.end(), begin, begin + taken);
      writable -= taken;
      count += taken;
    }
    return {State::moved, count};
  }

  void finish_writing() override { finished = true; }
  [[nodiscard]] int descriptor() const override { return -1; }

  wire::Bytes written;
  size_t writable = SIZE_MAX;
  int writes = 0;
  size_t largest_read = 0;  // how much room a read has had at most
  int write_error = 0;
  bool ended = false;
  bool finished = false;

 private:
  std::deque<std::byte> incoming_;
};

}  // namespace mqtt_native::test
