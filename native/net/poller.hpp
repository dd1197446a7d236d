#pragma once

#include <span>

#include "base/clock.hpp"
#include "base/file_descriptor.hpp"

namespace mqtt_native::net {

struct Readiness {
  void* owner;
  bool readable;
  bool writable;
  bool hung_up;  // no further edge reports the end: read until it is reached
};

/** Waits for the readiness of many descriptors (epoll, edge-triggered). Any thread can wake it. */
class Poller {
 public:
  /**
   * Opens the poller; precedes everything else. Returns zero or an errno, after which it can be tried again.
   */
  [[nodiscard]] int open();

  /** Registers a descriptor: later edges are reported with this owner. Returns zero or an errno. */
  [[nodiscard]] int add(int descriptor, void* owner);  // any
  /** Sets whether edges of incoming data are reported. A missed edge is reported when it is turned on. */
  void report_input(int descriptor, void* owner, bool reported);  // any
  /** Unregisters a descriptor. Closing it is not enough: a forked process may hold a copy for a while. */
  void remove(int descriptor);  // the waiting thread

  /** Blocks until a descriptor is ready, `due`, or `wake`. The span is valid until the next call. */
  std::span<const Readiness> wait(base::TimePoint due);  // one thread

  void wake();                                             // any
  [[nodiscard]] bool was_woken() const { return woken_; }  // the waiting thread

 private:
  static constexpr int batch = 256;

  base::FileDescriptor epoll_;
  base::FileDescriptor event_;
  Readiness ready_[batch]{};
  bool woken_ = false;
};

}  // namespace mqtt_native::net
