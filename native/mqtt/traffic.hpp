#pragma once

#include <atomic>
#include <cstdint>

namespace mqtt_native::mqtt {

/** The traffic counters of a client, over all its connections. */
struct Traffic {
  std::atomic<uint64_t> bytes_received = 0;
  std::atomic<uint64_t> bytes_sent = 0;
  std::atomic<uint64_t> messages_sent = 0;  // PUBLISH packets given to the connection, resent ones included

  static void add(std::atomic<uint64_t>& counter, uint64_t amount) {
    counter.fetch_add(amount, std::memory_order_relaxed);
  }
};

}  // namespace mqtt_native::mqtt
