#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "base/file_descriptor.hpp"

namespace mqtt_native::net {

/** A set of descriptors for a foreign event loop: its own descriptor is readable when one of the set is. */
class EpollSet {
 public:
  EpollSet();

  /** Negative if the system had no descriptor left. */
  [[nodiscard]] int descriptor() const { return epoll_.number(); }  // any

  /**
   * Adds a descriptor: `take` reports this number while it is readable. Returns false if it cannot be added.
   */
  [[nodiscard]] bool add(int descriptor, uint32_t owner);  // any
  void remove(int descriptor, uint32_t owner);             // any

  /** Returns the numbers of a few readable descriptors, until the next call. A lone one is not checked. */
  std::span<const uint32_t> take();  // one thread

 private:
  /** A small limit: the event loop has other work. */
  static constexpr int max_reported = 4;

  base::FileDescriptor epoll_;
  std::array<uint32_t, max_reported> ready_{};

  std::mutex mutex_;
  std::vector<uint32_t> owners_;
};

}  // namespace mqtt_native::net
