#include "paho/deferrals.hpp"

#include <algorithm>

namespace mqtt_native::paho {

namespace {

/** Not in the way of who is reading: that he reads is the answer. */
bool goes_on(wire::Connection& connection, net::TimePoint now) {
  const auto reader = connection.reader_if_free();
  return !reader || connection.is_watched_closely(now);
}

}  // namespace

void Deferrals::consider(wire::Connection& connection, net::TimePoint now) {
  if (connection.is_deferred() || !connection.is_watched_closely(now)) return;
  // First, so that who reads from now on leaves nothing to this thread without waking it.
  connection.set_deferred(true);
  const bool defers = poller_.await_input(connection.descriptor(), &connection, false) == 0;
  if (!defers || !connection.is_watched()) return resume(connection);
  deferred_.push_back({.connection = &connection, .due = now + length});
}

bool Deferrals::end_due(net::TimePoint now) {
  for (Deferral& each : deferred_)
    if (now >= each.due && goes_on(*each.connection, now)) each.due = now + length;
  return std::erase_if(deferred_, [this, now](const Deferral& each) {
           if (now >= each.due) end(*each.connection);
           return now >= each.due;
         }) > 0;
}

void Deferrals::end() {
  for (const Deferral& deferral : deferred_) end(*deferral.connection);
  deferred_.clear();
}

void Deferrals::forget(wire::Connection& connection) {
  std::erase_if(deferred_, [&connection](const Deferral& each) { return each.connection == &connection; });
}

net::TimePoint Deferrals::due() const {
  net::TimePoint due = net::never;
  for (const Deferral& deferral : deferred_) due = std::min(due, deferral.due);
  return due;
}

void Deferrals::end(wire::Connection& connection) {
  {
    const auto reader = connection.reader();
    resume(connection);
  }
  connection.flush_replies();
}

void Deferrals::resume(wire::Connection& connection) {
  connection.set_deferred(false);
  // Fails only for a descriptor that the poller does not know.
  (void)poller_.await_input(connection.descriptor(), &connection, true);
}

}  // namespace mqtt_native::paho
