// Measures the nanoseconds in which one processor writes 4 KiB that the other has read last. Each cache line
// must first be fetched from the other processor. With a shared cache this takes about as long as a copy,
// otherwise several times as long. The latency between the processors of a virtual machine may change from
// one second to the next.

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t payload_size = 4096;
constexpr size_t slot_count = 256;
constexpr size_t written_in_a_row = 25;  // like a burst of messages
constexpr size_t total = 400 * written_in_a_row;

/** Payloads from one thread to the other, with the numbers of those written and read. */
struct Ring {
  std::vector<char> bytes = std::vector<char>(payload_size * slot_count);
  alignas(128) std::atomic<size_t> written = 0;
  alignas(128) std::atomic<size_t> read = 0;

  char* slot(size_t index) { return bytes.data() + index % slot_count * payload_size; }
};

/** The processors that this program may use. */
std::vector<int> allowed_processors() {
  cpu_set_t set;
  std::vector<int> processors;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return processors;
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &set)) processors.push_back(i);
  return processors;
}

void stay_on(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof set, &set);
}

void read_all(Ring& ring) {
  std::vector<char> copy(payload_size);
  for (size_t i = 0; i < total; i++) {
    if (i % written_in_a_row == 0)
      while (ring.written < i + written_in_a_row) continue;
    std::memcpy(copy.data(), ring.slot(i), payload_size);
    ring.read = i + 1;
  }
}

/** Writes all payloads and returns the nanoseconds for each. */
double write_all(Ring& ring) {
  const std::vector<char> payload(payload_size, 'x');
  Clock::duration spent{};
  for (size_t i = 0; i < total; i++) {
    while (i - ring.read >= slot_count - 1) continue;
    const auto begin = Clock::now();
    std::memcpy(ring.slot(i), payload.data(), payload_size);
    spent += Clock::now() - begin;
    ring.written = i + 1;
  }
  return std::chrono::duration<double, std::nano>(spent).count() / static_cast<double>(total);
}

}  // namespace

/** Prints the figure. Prints nothing unless there are exactly two processors. */
int main() {
  const std::vector<int> processors = allowed_processors();
  if (processors.size() != 2) return 0;
  Ring ring;
  std::thread reader([&] {
    stay_on(processors[1]);
    read_all(ring);
  });
  stay_on(processors[0]);
  const double nanoseconds = write_all(ring);
  reader.join();
  std::printf("%.0f\n", nanoseconds);
}
