#include "session/trace.hpp"

#include <utility>

namespace mqtt_native::session {

uint32_t Trace::listen(Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(++last_name_, std::move(listener));
  count_ = listeners_.size();
  return last_name_;
}

void Trace::forget(uint32_t name) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(name);
  count_ = listeners_.size();
}

void Trace::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, listener] : listeners_) listener(line);
}

}  // namespace mqtt_native::session
