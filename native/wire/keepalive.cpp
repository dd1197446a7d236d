#include "wire/keepalive.hpp"

namespace mqtt_native::wire {

void Keepalive::start(std::chrono::seconds interval, net::TimePoint now) {
  interval_ = interval;
  last_received_ = now;
  waiting_ = false;
  sent(now);
}

Keepalive::Action Keepalive::check(net::TimePoint now, bool writing, bool listening) {
  if (interval_ == net::Clock::duration::zero() || now < due()) return Action::none;
  if (waiting_ && listening) {
    const net::TimePoint sign_of_life = writing ? last_sent_.load(std::memory_order_relaxed) : pinged_;
    if (now - sign_of_life >= patience()) return Action::give_up;
    pinged_ = sign_of_life;
    return Action::none;
  }
  waiting_ = true;
  pinged_ = now;
  return Action::ping;
}

net::TimePoint Keepalive::due() const {
  if (interval_ == net::Clock::duration::zero()) return net::never;
  if (waiting_) return pinged_ + patience();
  return std::min(last_sent_.load(std::memory_order_relaxed), last_received_) + idle_limit();
}

}  // namespace mqtt_native::wire
