#pragma once

#include <string_view>

#include "base/block.hpp"
#include "mqtt/inflight_table.hpp"

namespace mqtt_native::mqtt {

class Connection;

/** A PUBLISH that arrived. The views are valid during the call, the payload while `memory` is held. */
struct IncomingPublish {
  std::string_view topic;
  BytesView properties;  // encoded with their length; empty: none
  BytesView payload;
  const base::SharedBytes& memory;  // null: the payload must be copied
  uint16_t identifier;
  uint8_t qos;
  bool retain;
  bool duplicate;
  bool deferred = false;    // the receiver acknowledges it
  bool repeated = false;    // QoS 2, deferred: it has been reported before, in the same session
  uint16_t connection = 0;  // deferred: the number of the connection
};

/** Receives the events of a connection. It outlives the connection. */
class ConnectionListener {
 public:
  virtual ~ConnectionListener() = default;

  /** A CONNACK, SUBACK or UNSUBACK. Packets behind a CONNACK are not read before `Connection::resume`. */
  virtual void on_control_packet(BytesView packet) = 0;         // reader
  virtual void on_authentication(BytesView packet) = 0;         // reader
  virtual void on_message(const IncomingPublish& message) = 0;  // reader
  /** The broker has answered an operation, with this packet or an earlier PUBREC that had a reason. */
  virtual void on_answered(const InflightTable::Completed& completed, BytesView answer) = 0;  // reader
  /** A PUBREL has arrived. Returns whether the listener sends the PUBCOMP. Otherwise the connection does. */
  virtual bool on_released(uint16_t /*identifier*/) { return false; }  // reader
  /** The broker breaks the protocol in a way that is tolerated. */
  virtual void on_deviation(Deviation deviation) = 0;  // reader
  /** The receive thread has read at least one message or answer. `more`: it reads again at once. */
  virtual void on_batch_end(bool more) = 0;  // receive
  /** Little has arrived and has been read. `try_read` may be called when the descriptor is readable. */
  virtual void on_low_traffic(int descriptor) = 0;  // reader
  /** A publish that was refused may be retried, or a flush is wanted. Called with the writer's lock. */
  virtual void on_writable() = 0;  // any
  /** Reading may continue after it had to wait for writing, or writing has failed. Called with that lock. */
  virtual void on_read_resumable() = 0;  // any
  /** The connection is over, for the reason `Connection::close_reason`. Nothing more is read or written. */
  virtual void on_end() = 0;  // any
  /** A closed connection has drained, and is about to release its descriptor. */
  virtual void on_drained(const Connection* connection) = 0;  // receive
};

}  // namespace mqtt_native::mqtt
