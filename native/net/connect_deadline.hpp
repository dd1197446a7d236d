#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/failure.hpp"
#include "net/cancellation_token.hpp"

namespace mqtt_native::net {

/** How long an attempt to connect may take: until its deadline, or until nobody wants it any more. */
class ConnectDeadline {
 public:
  ConnectDeadline(base::TimePoint deadline, const CancellationToken& cancel)
      : deadline_(deadline), cancellation_(cancel) {}

  [[nodiscard]] base::TimePoint time_point() const { return deadline_; }
  [[nodiscard]] const CancellationToken& cancellation() const { return cancellation_; }

  /** Why nobody should wait any longer; nothing while there is time. `doing`: "negotiating TLS with …". */
  [[nodiscard]] std::optional<base::Failure> check(const std::string& doing) const;

  /** Blocks until the descriptor is ready for `events` (poll(2)), or says why it was not waited for. */
  [[nodiscard]] std::optional<base::Failure> wait_for(int descriptor, short events,
                                                      const std::string& doing) const;

 private:
  base::TimePoint deadline_;
  const CancellationToken& cancellation_;
};

/** What a connection attempt that ran out of time reports, whichever step it had reached. */
base::Failure timed_out(const std::string& doing);

/** What a connection attempt that was given up reports. */
base::Failure cancelled();

}  // namespace mqtt_native::net
