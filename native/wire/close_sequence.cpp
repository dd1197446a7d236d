#include "wire/close_sequence.hpp"

#include <utility>

namespace mqtt_native::wire {

bool CloseSequence::end(Ending ending) {
  const std::lock_guard lock(mutex_);
  if (ending_) return false;
  ending_ = std::move(ending);
  over_ = true;
  return true;
}

Ending CloseSequence::ending() {
  const std::lock_guard lock(mutex_);
  return ending_.value_or(Ending{{"CONNECTION_LOST", "The connection was closed"}, 0, {}});
}

bool CloseSequence::lingers(size_t unsent, net::TimePoint now) {
  if (unsent < unsent_) linger_until_ = now + linger;
  unsent_ = unsent;
  return now < linger_until_;
}

}  // namespace mqtt_native::wire
