#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>

#include "mqtt/connection.hpp"

namespace mqtt_native::session {

/** The trace of all packets of a process, a line at a time. Nothing is formatted while nobody listens. */
class Trace {
 public:
  /** Called with locks held, on the thread that traces: queues the line and returns. */
  using Listener = std::function<void(std::string_view line)>;

  /** Returns a name to `forget` the listener by. */
  uint32_t listen(Listener listener);  // any
  /** After this returns the listener is not called any more. */
  void forget(uint32_t name);  // any

  [[nodiscard]] bool is_wanted() const { return count_.load(std::memory_order_relaxed) > 0; }  // any
  void write(std::string_view line);                                                           // any

 private:
  std::mutex mutex_;
  std::map<uint32_t, Listener> listeners_;
  uint32_t last_name_ = 0;
  std::atomic<size_t> count_ = 0;
};

// One line for each packet of the data plane, in the wording that the control plane has for its own.

void trace_publish_sent(Trace& trace, uint16_t identifier, const mqtt::OutgoingPublish& publish);  // any
void trace_publish_received(Trace& trace, const mqtt::IncomingPublish& publish);                   // reader
void trace_acknowledged(Trace& trace, uint16_t identifier, mqtt::BytesView packet);                // reader

}  // namespace mqtt_native::session
