#pragma once

#include <atomic>
#include <cstdint>

namespace mqtt_native::mqtt {

/** What has gone over the network, on one connection after the other. */
struct Traffic {
  std::atomic<uint64_t> bytes_received = 0;
  std::atomic<uint64_t> bytes_sent = 0;
  std::atomic<uint64_t> messages_sent = 0;  // PUBLISH packets handed to the connection, repetitions included

  static void add(std::atomic<uint64_t>& counter, uint64_t amount) {
    counter.fetch_add(amount, std::memory_order_relaxed);
  }
};

}  // namespace mqtt_native::mqtt
