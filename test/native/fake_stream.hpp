#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>

#include "mqtt/packet.hpp"
#include "net/socket_stream.hpp"
#include "net/stream.hpp"

namespace mqtt_native::test {

/** A stream whose other end belongs to the test. */
class FakeStream final : public net::Stream {
 public:
  using State = net::Transfer::State;

  void feed(const mqtt::Bytes& bytes) { incoming_.insert(incoming_.end(), bytes.begin(), bytes.end()); }

  void discard() { incoming_.clear(); }

  net::Transfer read(std::span<std::byte> into) override {
    largest_read = std::max(largest_read, into.size());
    if (incoming_.empty()) return ended ? net::Transfer{State::ended} : net::Transfer{State::blocked};
    const size_t count = std::min({into.size(), incoming_.size(), step});
    std::copy_n(incoming_.begin(), count, into.begin());
    incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<ptrdiff_t>(count));
    if (delays) ack_.on_read(count);
    return {count < into.size() && incoming_.empty() ? State::drained : State::moved, count, 0, unblocks};
  }

  net::Transfer write(std::span<const iovec> from) override {
    if (from.empty() && finished) return {State::moved};
    writes++;
    if (finished) return {State::failed, 0, EPIPE};
    if (write_error != 0) return {State::failed, 0, write_error};
    const mqtt::Bytes offered = joined(from);
    if (!offered.empty())
      ack_.on_write();
    else if (ack_.claim(base::Clock::now()))
      early_acks++;
    if (!offered.empty()) keeps_contract &= std::ranges::equal(untaken_, first(offered, untaken_.size()));
    if (writable == 0) return {.state = State::blocked, .awaits_read = awaits_read};
    const size_t count = std::min({offered.size(), writable, step});
    written.insert(written.end(), offered.begin(), offered.begin() + static_cast<ptrdiff_t>(count));
    writable -= count;
    if (!offered.empty()) untaken_.assign(offered.begin() + static_cast<ptrdiff_t>(count), offered.end());
    return {State::moved, count};
  }

  [[nodiscard]] bool delays_ack() const override { return ack_.is_due(); }
  void finish_writing() override { finished = true; }
  [[nodiscard]] int descriptor() const override { return number; }

  int number = -1;  // the descriptor
  mqtt::Bytes written;
  size_t writable = SIZE_MAX;
  size_t step = SIZE_MAX;  // limit of the bytes moved at once
  int writes = 0;
  size_t largest_read = 0;  // largest space of a read
  int write_error = 0;
  bool keeps_contract = true;  // each write began with the rest of the one before
  bool ended = false;
  bool unblocks = false;     // reported by reads
  bool awaits_read = false;  // reported by blocked writes
  bool finished = false;
  bool delays = false;  // delays ACKs, as a socket does
  int early_acks = 0;

 private:
  static mqtt::Bytes joined(std::span<const iovec> parts) {
    mqtt::Bytes bytes;
    for (const iovec& part : parts) {
      const auto* begin = static_cast<const std::byte*>(part.iov_base);
      bytes.insert(bytes.end(), begin, begin + part.iov_len);
    }
    return bytes;
  }

  static mqtt::BytesView first(mqtt::BytesView bytes, size_t size) {
    return bytes.first(std::min(size, bytes.size()));
  }

  net::DelayedAck ack_;
  std::deque<std::byte> incoming_;
  mqtt::Bytes untaken_;  // the rest of the last write
};

}  // namespace mqtt_native::test
