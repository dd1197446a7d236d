#pragma once

#include <memory>
#include <optional>

#include "base/failure.hpp"
#include "session/operation.hpp"

namespace mqtt_native::session {

/**
 * The control plane of one connection: sends CONNECT, awaits CONNACK, sends and awaits SUBSCRIBE and
 * UNSUBSCRIBE, and sends DISCONNECT. Everything else, PUBLISH above all, is the session's own.
 */
class ControlPlane {
 public:
  /** Receives the control plane's events. None comes once `destroy` has returned. */
  class Listener {
   public:
    virtual ~Listener() = default;

    virtual void on_control_output(mqtt::BytesView packet) = 0;  // control
    /** The CONNACK has been accepted. Packets behind it may be read from now on. */
    virtual void on_control_connected() = 0;  // receive
    /** The attempt has failed: by a refusing CONNACK, or as the connection has ended. */
    virtual void on_control_refused() = 0;  // control
    virtual void on_control_ended() = 0;    // control
    /** Nothing more will be sent: the connection must be closed. Precedes `ended` and `refused`. */
    virtual void on_control_released() = 0;   // control
    virtual void on_control_processed() = 0;  // send
  };

  virtual ~ControlPlane() = default;

  [[nodiscard]] virtual std::optional<base::Failure> connect(mqtt::Bytes packet) = 0;  // send
  /** Sends a request. Returns 0 or the code of a refusal; `on_control_processed` follows in either case. */
  [[nodiscard]] virtual int request(const Operation& operation, uint16_t identifier) = 0;  // send
  /** Sends this DISCONNECT packet after all requests. `on_control_released` follows. */
  virtual void disconnect(mqtt::Bytes packet) = 0;  // send

  /** Takes a CONNACK, SUBACK or UNSUBACK of the broker. */
  virtual void receive(mqtt::BytesView packet) = 0;  // reader
  /** The connection is over. `on_control_ended` or `on_control_refused` follows. */
  virtual void end() = 0;  // any

  virtual void destroy() = 0;  // send
};

class ControlPlaneFactory {
 public:
  virtual ~ControlPlaneFactory() = default;

  /** Starts the threads that control planes need. Returns why it cannot; then it can be tried again. */
  [[nodiscard]] virtual std::optional<base::Failure> start() = 0;  // any
  [[nodiscard]] virtual std::shared_ptr<ControlPlane> create(std::weak_ptr<ControlPlane::Listener> listener,
                                                             mqtt::Protocol protocol) = 0;  // send
};

}  // namespace mqtt_native::session
