#include "node/loop_delivery/busy_poll.hpp"

namespace mqtt_native::node {

BusyPoll::~BusyPoll() {
  if (is_polling_) stop_polling();
}

void BusyPoll::on_flush(base::TimePoint now) {
  const bool is_first = std::exchange(flushed_at_, now) == base::never;
  if (is_polling_ && is_first) charge(now);
  if (is_polling_ || credit_ < poll_limit) return;
  is_polling_ = true;
  loop_.stay_awake();
}

void BusyPoll::on_events(base::TimePoint now, size_t events) {
  const base::TimePoint asked = std::exchange(flushed_at_, base::never);
  if (!is_polling_ && asked == base::never) return;
  const bool is_prompt = events <= max_events && (is_polling_ || now - asked <= poll_limit);
  if (is_polling_) charge(now);
  credit_ = is_prompt ? std::min(credit_ + credit_per_hit, max_credit) : std::min(credit_, Duration::zero());
  if (!is_polling_) return;
  if (is_prompt) penalty_ = std::max(penalty_ / 2, min_penalty);
  if (credit_ <= Duration::zero()) stop_polling();
}

void BusyPoll::on_iteration(base::TimePoint now) {
  // Polling starts now: until now the program was running.
  if (polling_since_ == base::never) polling_since_ = now;
  iterations_++;
  const bool awaits_answer = flushed_at_ != base::never;
  if (now - polling_since_ < (awaits_answer ? poll_limit : credit_per_hit)) return;
  const bool is_in_vain = awaits_answer && iterations_ >= min_iterations;
  charge(now);
  if (is_in_vain) {
    credit_ = -penalty_;
    penalty_ = std::min(4 * penalty_, max_penalty);
  }
  stop_polling();
}

/** Charges the time since the first iteration, at most `poll_limit`. The program has used the rest. */
void BusyPoll::charge(base::TimePoint now) {
  iterations_ = 0;
  if (polling_since_ == base::never) return;
  credit_ -= std::min<Duration>(now - std::exchange(polling_since_, base::never), poll_limit);
}

void BusyPoll::stop_polling() {
  is_polling_ = false;
  loop_.may_sleep();
}

}  // namespace mqtt_native::node
