#pragma once

namespace mqtt_native::session {

/**
 * An event loop that reads low traffic itself: it waits for the descriptor of a connection, and then calls
 * `Session::read` and `Session::flush_replies`. The receive thread waits for the same descriptor. One of the
 * two threads finds the data.
 */
class LoopDelivery {
 public:
  virtual ~LoopDelivery() = default;

  /** Offers a descriptor on which little has arrived, and from which everything has been read. */
  virtual void offer(int descriptor) = 0;  // reader
  /** A new connection begins: earlier offers are void. */
  virtual void reset() = 0;  // loop
};

}  // namespace mqtt_native::session
