#pragma once

#include <optional>
#include <string>

#include "counters.hpp"
#include "peer.hpp"

namespace remote {

/**
 * Publishes the requested number of messages, at an even pace or as fast as possible. It is at most `window`
 * messages ahead of the subscriber, because the broker drops messages of a slow subscriber.
 *
 * A payload begins with its sequence number. Bytes 8 to 15 are its sending time: microseconds of the
 * monotonic clock as a little-endian double.
 */
class Publisher {
 public:
  struct Message {
    std::string topic;
    int qos;
    size_t size;  // of the payload
  };
  Publisher(raw_peer::Peer& peer, const Counters& counters, Message message, uint32_t window);

  /** Returns when standard input ends. */
  void run();

 private:
  /** The start of the pace, and the number of messages sent before. */
  struct Pace {
    double begin;
    uint32_t sent;
  };

  [[nodiscard]] uint32_t allowance() const;
  [[nodiscard]] double due();
  void send(uint32_t count);
  void append_packet(double time);

  raw_peer::Peer& peer_;
  const Counters& counters_;
  const Message message_;
  const uint32_t window_;
  raw_peer::Bytes payload_;
  raw_peer::Bytes packets_;
  uint32_t sent_ = 0;
  std::optional<Pace> pace_;
};

}  // namespace remote
