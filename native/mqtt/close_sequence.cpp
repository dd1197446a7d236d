#include "mqtt/close_sequence.hpp"

#include <utility>

namespace mqtt_native::mqtt {

bool CloseSequence::end(CloseReason reason) {
  const std::lock_guard lock(mutex_);
  if (reason_) return false;
  reason_ = std::move(reason);
  over_ = true;
  return true;
}

CloseReason CloseSequence::close_reason() {
  const std::lock_guard lock(mutex_);
  return reason_.value_or(CloseReason{{"CONNECTION_LOST", "The connection was closed"}, 0, {}});
}

bool CloseSequence::lingers(size_t unsent, base::TimePoint now) {
  if (unsent < unsent_) linger_until_ = now + linger;
  unsent_ = unsent;
  return now < linger_until_;
}

}  // namespace mqtt_native::mqtt
