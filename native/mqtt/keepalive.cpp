#include "mqtt/keepalive.hpp"

namespace mqtt_native::mqtt {

void Keepalive::start(std::chrono::seconds interval, base::TimePoint now) {
  interval_ = interval;
  last_received_ = now;
  waiting_ = false;
  sent(now);
}

Keepalive::Action Keepalive::check(base::TimePoint now, bool writing, bool listening) {
  if (interval_ == base::Clock::duration::zero() || now < due()) return Action::none;
  if (waiting_ && listening) {
    const base::TimePoint sign_of_life = writing ? last_sent_.load(std::memory_order_relaxed) : pinged_;
    if (now - sign_of_life >= response_timeout()) return Action::give_up;
    pinged_ = sign_of_life;
    return Action::none;
  }
  waiting_ = true;
  pinged_ = now;
  return Action::ping;
}

base::TimePoint Keepalive::due() const {
  if (interval_ == base::Clock::duration::zero()) return base::never;
  if (waiting_) return pinged_ + response_timeout();
  return std::min(last_sent_.load(std::memory_order_relaxed), last_received_) + idle_limit();
}

}  // namespace mqtt_native::mqtt
