#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "mqtt/connection.hpp"

namespace mqtt_native::session {

using Message = mqtt::IncomingPublish;

enum class Outcome : uint8_t {
  answered,      // by the broker; or QoS 0, which needs no answer
  session_lost,  // sent, and the broker has lost the session: the message may have been delivered
  expired,       // the message expiry interval ended before the publish was sent
  refused,       // ruled out by the limits of the connection
};

/** The completion of an operation, or of several that need no answer. */
struct Completion {
  uint32_t token;
  uint32_t count = 1;        // of consecutive tokens
  uint16_t identifier;       // the packet identifier; 0 for QoS 0
  mqtt::BytesView answer{};  // the broker's packet if it says more than "done"; valid during the call
  int refusal = 0;           // the control plane refused the operation: its code, a small negative number
  Outcome outcome = Outcome::answered;
  uint8_t reason_code = 0;  // of a refusal
  bool was_sent = false;    // unanswered: its packet may have reached the broker on an earlier connection
};

/** Receives the events of a session, on any thread and with locks held. It neither blocks nor calls back. */
class Events {
 public:
  virtual ~Events() = default;

  virtual void connected(mqtt::BytesView connack) = 0;
  virtual void connect_failed(const mqtt::CloseReason& reason) = 0;
  /** An AUTH packet has arrived. It needs `Session::authenticate` unless it says success. */
  virtual void authentication(mqtt::BytesView packet) = 0;
  /** The broker breaks the protocol in a way that is tolerated. Called once for each kind. */
  virtual void deviation(mqtt::Deviation deviation) = 0;
  virtual void message(const Message& message) = 0;          // `notify` follows
  virtual void completed(const Completion& completion) = 0;  // `notify` follows
  /** A PUBREL has arrived on the connection with this number, and awaits PUBCOMP. */
  virtual void released(uint16_t /*identifier*/, uint16_t /*connection*/) {}  // `notify` follows
  /** Wakes the receiver for the messages and completions so far: once for many, as each wake-up is dear. */
  virtual void notify() = 0;
  /** The connection has ended; null: by `Session::disconnect`. Calls end with it, unless they outlive it. */
  virtual void closed(const mqtt::CloseReason* reason) = 0;

  /** While true, nothing is read from the network: messages arrive faster than they are taken. */
  [[nodiscard]] virtual std::shared_ptr<const std::atomic<bool>> paused() const = 0;
};

}  // namespace mqtt_native::session
