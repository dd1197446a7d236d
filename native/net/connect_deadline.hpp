#pragma once

#include <sys/eventfd.h>

#include <atomic>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "base/file_descriptor.hpp"

namespace mqtt_native::net {

/** Cancels a blocking operation: wakes its thread from poll(2). */
class CancellationToken {
 public:
  CancellationToken() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void cancel() {  // any
    is_cancelled_ = true;
    eventfd_write(event_.number(), 1);
  }
  [[nodiscard]] bool is_cancelled() const { return is_cancelled_; }  // any
  [[nodiscard]] int descriptor() const { return event_.number(); }   // any: readable once cancelled

 private:
  std::atomic<bool> is_cancelled_ = false;
  base::FileDescriptor event_;
};

class ConnectDeadline {
 public:
  ConnectDeadline(base::TimePoint deadline, const CancellationToken& cancel)
      : deadline_(deadline), cancellation_(cancel) {}

  [[nodiscard]] base::TimePoint time_point() const { return deadline_; }
  [[nodiscard]] const CancellationToken& cancellation() const { return cancellation_; }

  /** Returns a failure if the attempt must stop. `doing`: the activity, such as "negotiating TLS with …". */
  [[nodiscard]] std::optional<base::Failure> check(const std::string& doing) const;

  /** Blocks until the descriptor is ready for `events` of poll(2). Returns a failure if the attempt must
   * stop. */
  [[nodiscard]] std::optional<base::Failure> wait_for(int descriptor, short events,
                                                      const std::string& doing) const;

 private:
  base::TimePoint deadline_;
  const CancellationToken& cancellation_;
};

}  // namespace mqtt_native::net
