#pragma once

#include <atomic>
#include <cstdint>

namespace remote {

/**
 * The numbers that the measured process and this one share in a file: little-endian, 32 bits each. The other
 * side is `bench/network/counters.mjs`. A write to the file takes the measured process less than a
 * microsecond, and wakes no thread.
 */
struct Counters {
  std::atomic<uint32_t> requested;  // the total number of messages that the publisher may send
  std::atomic<uint32_t> received;   // the total number of messages that the subscriber has read
  std::atomic<uint32_t> rate;       // messages per second; 0 means no limit
};

/** Maps the file until the process ends. The file must already contain these numbers. */
Counters& map_counters(const char* file);

}  // namespace remote
