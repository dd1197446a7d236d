#pragma once

#include <span>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"

namespace mqtt_native::net {

/** What became possible on a registered descriptor. */
struct Readiness {
  void* owner;
  bool readable;
  bool writable;
  bool hung_up;  // no further edge will announce the end: read until it is reached
};

/** Waits for readiness of many descriptors (epoll, edge-triggered), and can be woken from any thread. */
class Poller {
 public:
  /** Before anything else. Zero, or an errno; then it can be tried again. */
  [[nodiscard]] int open();

  /** Every later edge on the descriptor is reported with this owner. Zero, or an errno. */
  [[nodiscard]] int add(int descriptor, void* owner);  // any
  /** Sets whether edges of incoming data are reported. An edge that was missed is reported then. */
  void report_input(int descriptor, void* owner, bool reported);  // any
  /**
   * No edge is reported any more. Closing the descriptor is not
   * enough: a forked process may hold a copy for a while.
   */
  void remove(int descriptor);  // the waiting thread

  /**
   * Blocks until something is ready, `due` has come or somebody
   * calls `wake`. The span is valid until the next call.
   */
  std::span<const Readiness> wait(base::TimePoint due);  // one thread

  void wake();  // any
  /** Whether the last `wait` noticed that somebody has. */
  [[nodiscard]] bool was_woken() const { return woken_; }  // the waiting thread

 private:
  static constexpr int batch = 256;

  base::FileDescriptor epoll_;
  base::FileDescriptor event_;
  Readiness ready_[batch]{};
  bool woken_ = false;
};

}  // namespace mqtt_native::net
