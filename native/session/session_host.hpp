#pragma once

#include <memory>

#include "mqtt/connection.hpp"
#include "session/loop_delivery.hpp"
#include "session/trace.hpp"

namespace mqtt_native::session {

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
