#include "node/loop_delivery/busy_poll.hpp"

#include <algorithm>

namespace mqtt_native::node {

BusyPoll::~BusyPoll() {
  if (is_awake_) fall_asleep();
}

void BusyPoll::asked(net::TimePoint now) {
  const bool is_first = std::exchange(asked_, now) == net::never;
  if (is_awake_ && is_first) pay(now);
  if (is_awake_ || credit_ < moment) return;
  is_awake_ = true;
  loop_.stay_awake();
}

void BusyPoll::answered(net::TimePoint now, size_t events) {
  const net::TimePoint asked = std::exchange(asked_, net::never);
  if (!is_awake_ && asked == net::never) return;
  const bool is_prompt = events <= few && (is_awake_ || now - asked <= moment);
  if (is_awake_) pay(now);
  credit_ = is_prompt ? std::min(credit_ + worth, most_credit) : std::min(credit_, Duration::zero());
  if (!is_awake_) return;
  if (is_prompt) debt_ = std::max(debt_ / 2, least_debt);
  if (credit_ <= Duration::zero()) fall_asleep();
}

void BusyPoll::turned(net::TimePoint now) {
  // Not before: until now the program was at work.
  if (looking_since_ == net::never) looking_since_ = now;
  looks_++;
  const bool awaits_answer = asked_ != net::never;
  if (now - looking_since_ < (awaits_answer ? moment : worth)) return;
  const bool is_in_vain = awaits_answer && looks_ >= some_looks;
  pay(now);
  if (is_in_vain) {
    credit_ = -debt_;
    debt_ = std::min(4 * debt_, most_debt);
  }
  fall_asleep();
}

/** For the time since the first look. What is more than a moment of it the program has taken. */
void BusyPoll::pay(net::TimePoint now) {
  looks_ = 0;
  if (looking_since_ == net::never) return;
  credit_ -= std::min<Duration>(now - std::exchange(looking_since_, net::never), moment);
}

void BusyPoll::fall_asleep() {
  is_awake_ = false;
  loop_.may_sleep();
}

}  // namespace mqtt_native::node
