#pragma once

#include <vector>

#include "net/poller.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::paho {

/**
 * Connections for which the receive thread does not wait, for a moment: the JavaScript thread that waits for
 * them, too, has been quick. Mostly what comes wakes both, and the one that comes second finds nothing; to
 * wake it costs as much as all else that is done for a message. A deferral ends after a millisecond, in which
 * what comes may have to wait for a JavaScript thread that has become busy; another may follow.
 */
class Deferrals {
 public:
  explicit Deferrals(net::Poller& poller) : poller_(poller) {}

  /** After a look at a connection at which it had nothing for the receive thread. */
  void consider(wire::Connection& connection, net::TimePoint now);  // receive, reader
  /** Ends all of them: what has come meanwhile is reported next, replies that wait leave. */
  void end();  // receive
  /** The connection is about to let go of its descriptor. */
  void forget(wire::Connection& connection);  // receive

  /** When they are to end. */
  [[nodiscard]] net::TimePoint due() const { return due_; }  // receive

 private:
  void resume(wire::Connection& connection);

  net::Poller& poller_;
  std::vector<wire::Connection*> deferred_;
  net::TimePoint due_ = net::never;  // the first of them
};

}  // namespace mqtt_native::paho
