#pragma once

#include <chrono>
#include <vector>

#include "net/poller.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::paho {

/**
 * Connections for which the receive thread does not wait, for a while: the JavaScript thread that waits for
 * them, too, has been quick. Mostly what comes wakes both, and the one that comes second finds nothing; to
 * wake it costs as much as all else that is done for a message. Every two milliseconds a look at how quick it
 * has been decides whether a deferral goes on. Until then what comes waits for a thread that has become busy.
 * The look itself is in the way of one message in dozens.
 */
class Deferrals {
 public:
  static constexpr std::chrono::milliseconds length{2};

  explicit Deferrals(net::Poller& poller) : poller_(poller) {}

  /** After a look at a connection at which it had nothing for the receive thread. */
  void consider(wire::Connection& connection, net::TimePoint now);  // receive, reader
  /** Ends those that are due, unless the other thread has been quick. Whether it ended any. */
  bool end_due(net::TimePoint now);  // receive
  /** Ends all of them: what has come meanwhile is reported next, replies that wait leave. */
  void end();  // receive
  /** The connection is about to let go of its descriptor. */
  void forget(wire::Connection& connection);  // receive

  /** When the first of them is to end. */
  [[nodiscard]] net::TimePoint due() const;  // receive

 private:
  struct Deferral {
    wire::Connection* connection;
    net::TimePoint due;
  };

  void resume(wire::Connection& connection);
  void end(wire::Connection& connection);

  net::Poller& poller_;
  std::vector<Deferral> deferred_;
};

}  // namespace mqtt_native::paho
