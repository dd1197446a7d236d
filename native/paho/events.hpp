#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "wire/connection.hpp"

namespace mqtt_native::paho {

using Message = wire::IncomingPublish;

/** The end of an operation that the broker has answered; or of several that needed no answer. */
struct Completion {
  uint32_t token;
  uint32_t count = 1;        // of tokens in a row, this being the first
  uint16_t identifier;       // the packet identifier; 0 for QoS 0
  wire::BytesView answer{};  // the broker's packet when it says more than "done"; good during the call
  int paho_error = 0;        // Paho refused the operation: one of its MQTTASYNC_ codes
};

/**
 * What happens to a session. Called on any thread: on Paho's, mostly with Paho's one lock held, by
 * `Session::read`, and where an attempt to connect fails. An implementation takes note and returns, it
 * neither blocks nor calls back.
 */
class Events {
 public:
  virtual ~Events() = default;

  virtual void connected(wire::BytesView connack) = 0;
  virtual void connect_failed(const wire::Ending& ending) = 0;
  /** The broker has sent an AUTH packet, which waits for `Session::authenticate` unless it says success. */
  virtual void authentication(wire::BytesView packet) = 0;
  /** The broker breaks the protocol in a way that is tolerated. Called once for each kind. */
  virtual void deviation(wire::Deviation deviation) = 0;
  virtual void message(const Message& message) = 0;          // then `announce`
  virtual void completed(const Completion& completion) = 0;  // then `announce`
  /** Has whoever these are for look at them. They come in runs: to wake a thread for each would cost much. */
  virtual void announce() = 0;
  /**
   * They come little by little: whoever they are for may wait for this descriptor himself, and call
   * `Session::read` once it is readable. Whether he does; then this is not called again before that.
   */
  virtual bool little(int descriptor) = 0;
  /**
   * The connection is over; null: by our own disconnect. What has not been completed by now never will be.
   */
  virtual void closed(const wire::Ending* ending) = 0;

  /** While true, messages come faster than they are taken: nothing is read from the network. */
  [[nodiscard]] virtual std::shared_ptr<const std::atomic<bool>> congested() const = 0;
};

}  // namespace mqtt_native::paho
