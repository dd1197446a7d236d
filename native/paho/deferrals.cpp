#include "paho/deferrals.hpp"

#include <algorithm>

namespace mqtt_native::paho {

void Deferrals::consider(wire::Connection& connection, net::TimePoint now) {
  if (!connection.is_watched_closely(now)) return;
  // First, so that who reads from now on leaves nothing to this thread without waking it.
  connection.set_deferred(true);
  const bool defers = poller_.await_input(connection.descriptor(), &connection, false) == 0;
  if (!defers || !connection.is_watched()) return resume(connection);
  deferred_.push_back(&connection);
  due_ = std::min(due_, now + wire::CloseWatch::period);
}

void Deferrals::end() {
  for (wire::Connection* connection : deferred_) {
    {
      const auto reader = connection->reader();
      resume(*connection);
    }
    connection->flush_replies();
  }
  deferred_.clear();
  due_ = net::never;
}

void Deferrals::forget(wire::Connection& connection) {
  std::erase(deferred_, &connection);
}

void Deferrals::resume(wire::Connection& connection) {
  connection.set_deferred(false);
  // Fails only for a descriptor that the poller does not know.
  (void)poller_.await_input(connection.descriptor(), &connection, true);
}

}  // namespace mqtt_native::paho
