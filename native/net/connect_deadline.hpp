#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "net/cancellation_token.hpp"

namespace mqtt_native::net {

/** The limit of a connection attempt: its deadline or its cancellation. */
class ConnectDeadline {
 public:
  ConnectDeadline(base::TimePoint deadline, const CancellationToken& cancel)
      : deadline_(deadline), cancellation_(cancel) {}

  [[nodiscard]] base::TimePoint time_point() const { return deadline_; }
  [[nodiscard]] const CancellationToken& cancellation() const { return cancellation_; }

  /**
   * Returns a failure if the attempt must stop, else nothing. `doing`: the activity, such as "negotiating TLS
   * with …".
   */
  [[nodiscard]] std::optional<base::Failure> check(const std::string& doing) const;

  /**
   * Blocks until the descriptor is ready for `events` (poll(2)). Returns a failure if the attempt must stop.
   */
  [[nodiscard]] std::optional<base::Failure> wait_for(int descriptor, short events,
                                                      const std::string& doing) const;

 private:
  base::TimePoint deadline_;
  const CancellationToken& cancellation_;
};

/** The failure of an attempt that has reached its deadline. */
base::Failure timed_out(const std::string& doing);

/** The failure of an attempt that was cancelled. */
base::Failure cancelled();

}  // namespace mqtt_native::net
