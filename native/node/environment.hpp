#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <span>

#include "node/event_queue.hpp"
#include "node/loop_delivery/loop_busy_poll.hpp"
#include "node/loop_delivery/loop_reader.hpp"
#include "node/loop_handle.hpp"
#include "node/loop_waker.hpp"

namespace mqtt_native::node {

/**
 * The addon's state for one copy of the package on one thread: event queue, waker of the event loop, and the
 * function that receives events. A worker thread has its own. A thread has several if it has loaded the
 * package several times, as each test file of Jest does.
 *
 * JavaScript holds it. While clients are open it holds itself.
 */
class Environment : public Napi::ObjectWrap<Environment> {
 public:
  static Napi::Function define(Napi::Env env);

  /**
   * `new Environment(deliver, yieldTurn, hasLibuv)`: `deliver(batch, payloads)` receives each batch of
   * events. `yieldTurn()` is called if more wait, and has `drain` called in a later turn of the event loop.
   * `hasLibuv`: the loop is libuv's.
   */
  explicit Environment(const Napi::CallbackInfo& info);  // loop
  ~Environment() override;                               // loop

  [[nodiscard]] const std::shared_ptr<EventQueue>& event_queue() const { return event_queue_; }  // loop
  /** Null if the loop cannot poll descriptors. */
  [[nodiscard]] const std::shared_ptr<LoopReader>& reader() const { return reader_; }  // loop

  /** A client has flushed: an answer may follow. */
  void flushed() { busy_poll_.on_flush(); }  // loop

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void drain(const Napi::CallbackInfo& info);       // loop
  void keep_alive(const Napi::CallbackInfo& info);  // loop
  void retain(const Napi::CallbackInfo& info);      // loop
  void trace(const Napi::CallbackInfo& info);       // loop
  void busy_poll(const Napi::CallbackInfo& info);   // loop

  static void on_exit(void* environment);
  Napi::FunctionReference keep_function(const Napi::CallbackInfo& info, size_t index, const char* name);
  void on_wake();
  void on_wake_in_loop();
  void read_in_loop();
  void on_readable();
  void deliver();
  void set_trace(bool wanted);
  void call(const Napi::FunctionReference& function, std::span<const napi_value> arguments);
  void shut();

  const Napi::Env env_;
  // Weak: the functions are properties of the object, so that they can be collected together.
  Napi::FunctionReference deliver_;
  Napi::FunctionReference yield_;
  LoopHandles handles_;
  std::shared_ptr<LoopWaker> waker_;
  std::shared_ptr<EventQueue> event_queue_;
  std::shared_ptr<LoopReader> reader_;
  // The resource and context of calls from the loop. The context does not hold its resource.
  Napi::ObjectReference resource_;
  std::optional<Napi::AsyncContext> context_;
  LoopBusyPoll busy_poll_;
  std::optional<uint32_t> tracing_;
  bool yielded_ = false;   // `deliver` will be called in a later turn
  bool retained_ = false;  // held by itself
  bool shut_ = false;
};

}  // namespace mqtt_native::node
