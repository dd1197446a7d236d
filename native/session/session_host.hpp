#pragma once

#include <memory>

#include "mqtt/connection.hpp"
#include "session/trace.hpp"

namespace mqtt_native::session {

/**
 * An event loop that reads a connection while its traffic is low. The loop waits for the descriptor, and then
 * calls `Session::read` and `Session::flush_replies`. The receive thread does not wait for input meanwhile,
 * so that each message wakes one thread. It checks that the loop still reads.
 */
class LoopDelivery {
 public:
  virtual ~LoopDelivery() = default;

  /** Offers a descriptor on which little has arrived, and from which everything has been read. */
  virtual void offer(int descriptor) = 0;  // reader
  /** Whether the loop has accepted the descriptor. */
  [[nodiscard]] virtual bool is_reading() const = 0;  // any
  /** Stops reading if the loop has read nothing since the last check: it is idle, or blocked. */
  virtual void check() = 0;  // receive
  /** Stops reading: the connection is over. */
  virtual void stop() = 0;  // any
  /** Stops reading for a while: the traffic is too high for the loop. */
  virtual void pause() = 0;  // loop
};

class Session;

/** The surroundings of a session: the two threads that work for it. */
class SessionHost {
 public:
  virtual ~SessionHost() = default;

  /** Has `Session::run_posted` called on the send thread. */
  virtual void post(std::shared_ptr<Session> session) = 0;  // any
  virtual void wake() = 0;                                  // any
  /** Has the receive thread serve a connection, until that is closed and has drained. */
  virtual void serve(std::shared_ptr<mqtt::Connection> connection,
                     std::shared_ptr<LoopDelivery> delivery) = 0;  // any

  // Sessions are counted, so that tests can find leaks.
  virtual void add(const Session& session) = 0;     // any
  virtual void remove(const Session& session) = 0;  // any

  [[nodiscard]] virtual Trace& trace() = 0;  // any
};

}  // namespace mqtt_native::session
