#include "paho/deferrals.hpp"

#include <algorithm>

namespace mqtt_native::paho {

void Deferrals::consider(wire::Connection& connection, net::TimePoint now) {
  if (!connection.is_watched_closely(now)) return;
  if (poller_.await_input(connection.descriptor(), &connection, false) != 0) return;
  connection.set_deferred(true);
  deferred_.push_back(&connection);
  due_ = std::min(due_, now + wire::CloseWatch::period);
}

void Deferrals::end() {
  for (wire::Connection* connection : deferred_) {
    const auto reader = connection->reader();
    connection->set_deferred(false);
    // Fails only for a descriptor that is not there any more.
    (void)poller_.await_input(connection->descriptor(), connection, true);
    if (connection->has_replies()) connection->flush();
  }
  deferred_.clear();
  due_ = net::never;
}

}  // namespace mqtt_native::paho
