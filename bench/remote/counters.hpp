#pragma once

#include <atomic>
#include <cstdint>

namespace remote {

/**
 * The numbers that the measured process and this one share, in a file: little-endian, 32 bits each.
 * `bench/network/counters.mjs` is the other side. A write to the file takes the measured process less than a
 * microsecond, and wakes nobody.
 */
struct Counters {
  std::atomic<uint32_t> requested;  // messages that the publisher may send, in all
  std::atomic<uint32_t> received;   // messages that the subscriber has read, in all
  std::atomic<uint32_t> rate;       // messages per second; 0: no limit
};

/** Maps the file, which has these numbers already, until the process ends. */
Counters& map_counters(const char* file);

}  // namespace remote
