#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

namespace mqtt_native::paho {

/**
 * Paho's trace: what it says of its own doings, a line at a time. It is one for the process: Paho does not
 * say which client a line is about. While nobody listens nothing is formatted.
 */
class Trace {
 public:
  /** Called on whatever thread Paho is, mostly with its lock held: takes note and returns. */
  using Listener = std::function<void(std::string_view line)>;

  /** Returns a name to `forget` the listener by. */
  static uint32_t listen(Listener listener);  // any
  /** After this returns the listener is not called any more. */
  static void forget(uint32_t name);  // any

  static bool wanted() { return listeners.load(std::memory_order_relaxed) > 0; }  // any
  static void write(std::string_view line);                                       // any

 private:
  static inline std::atomic<size_t> listeners = 0;
};

}  // namespace mqtt_native::paho
