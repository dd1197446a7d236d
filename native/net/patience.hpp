#pragma once

#include <optional>
#include <string>

#include "net/cancel.hpp"
#include "net/clock.hpp"
#include "net/failure.hpp"

namespace mqtt_native::net {

/** How long an attempt to connect may take: until its deadline, or until nobody wants it any more. */
class Patience {
 public:
  Patience(TimePoint deadline, const Cancel& cancel) : deadline_(deadline), cancel_(cancel) {}

  [[nodiscard]] TimePoint deadline() const { return deadline_; }
  [[nodiscard]] const Cancel& cancel() const { return cancel_; }

  /** Why nobody should wait any longer; nothing while there is time. `doing`: "negotiating TLS with …". */
  [[nodiscard]] std::optional<Failure> over(const std::string& doing) const;

  /** Blocks until the descriptor is ready for `events` (poll(2)), or says why it was not waited for. */
  [[nodiscard]] std::optional<Failure> wait_for(int descriptor, short events, const std::string& doing) const;

 private:
  TimePoint deadline_;
  const Cancel& cancel_;
};

/** What a connection attempt that ran out of time reports, whichever step it had reached. */
Failure timed_out(const std::string& doing);

/** What a connection attempt that was given up reports. */
Failure cancelled();

}  // namespace mqtt_native::net
