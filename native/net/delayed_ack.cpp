#include "net/delayed_ack.hpp"

namespace mqtt_native::net {

bool DelayedAck::claim(base::TimePoint now) {
  if (!is_due()) return false;
  if (now - period_begin_ >= period) {
    period_begin_ = now;
    in_period_ = 0;
  }
  const bool is_allowed = in_period_ < max_per_period;
  if (is_allowed) in_period_++;
  state_.store(is_allowed ? State::prompt : State::delayed, std::memory_order_relaxed);
  return is_allowed;
}

}  // namespace mqtt_native::net
