#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "base/file_descriptor.hpp"

namespace mqtt_native::net {

/**
 * Descriptors that an event loop of somebody else's waits for. To that it is one descriptor, which is
 * readable while one of those is.
 */
class EpollSet {
 public:
  EpollSet();

  /** Negative when the system had none left. */
  [[nodiscard]] int descriptor() const { return epoll_.number(); }  // any

  /** Has `take` report, by this number, that the descriptor is readable. False when it cannot. */
  [[nodiscard]] bool add(int descriptor, uint32_t owner);  // any
  void remove(int descriptor, uint32_t owner);             // any

  /**
   * A few of those that are. A single one is reported unseen, which saves a system call. The span is valid
   * until the next call.
   */
  std::span<const uint32_t> take();  // one thread

 private:
  /** The event loop has other things to do. */
  static constexpr int max_reported = 4;

  base::FileDescriptor epoll_;
  std::array<uint32_t, max_reported> ready_{};

  std::mutex mutex_;
  std::vector<uint32_t> owners_;
};

}  // namespace mqtt_native::net
