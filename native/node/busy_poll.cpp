#include "node/busy_poll.hpp"

#include <algorithm>

namespace mqtt_native::node {

BusyPoll::~BusyPoll() {
  if (is_awake_) fall_asleep();
}

void BusyPoll::asked(net::TimePoint now) {
  asked_ = now;
  if (!is_awake_ && prompt_ >= enough_) wake_up();
}

void BusyPoll::answered(net::TimePoint now, size_t events) {
  if (asked_ == net::never) return;
  const bool is_prompt = events <= few && now - std::exchange(asked_, net::never) <= moment;
  prompt_ = is_prompt ? prompt_ + 1 : 0;
  if (!is_awake_) return;
  fall_asleep();
  if (is_prompt) enough_ = std::max(enough_ / 2, least_prompt);
}

void BusyPoll::turned(net::TimePoint now) {
  // The moment begins with the first look, not while the program is still at work.
  if (looking_since_ == net::never) looking_since_ = now;
  if (now - looking_since_ < moment) return;
  fall_asleep();
  prompt_ = 0;
  enough_ = std::min(enough_ * 4, most_prompt);
}

void BusyPoll::wake_up() {
  is_awake_ = true;
  looking_since_ = net::never;
  loop_.stay_awake();
}

void BusyPoll::fall_asleep() {
  is_awake_ = false;
  loop_.may_sleep();
}

}  // namespace mqtt_native::node
