#pragma once

#include <napi.h>

#include <memory>
#include <optional>
#include <span>

#include "node/busy_poll.hpp"
#include "node/doorbell.hpp"
#include "node/inbox.hpp"
#include "node/loop_reader.hpp"

namespace mqtt_native::node {

/**
 * What the addon keeps for one JavaScript thread: the inbox of its clients, the doorbell that wakes its event
 * loop, and the function that the events are delivered to. A worker thread has its own.
 */
class Environment {
 public:
  /**
   * `deliver(slab, payloads, owesReplies)` gets every portion of events. `yield()` is called when more wait,
   * and has `deliver` of this class called in a later turn of the event loop. `has_libuv`: that loop is
   * libuv's. `processors`: that this process may use.
   */
  Environment(Napi::Env env, Napi::Function deliver, Napi::Function yield, bool has_libuv,
              uint32_t processors);  // loop
  ~Environment();                    // loop

  /** Null before `start`. */
  static Environment* of(Napi::Env env) { return env.GetInstanceData<Environment>(); }  // loop

  [[nodiscard]] const std::shared_ptr<Inbox>& inbox() const { return inbox_; }  // loop
  /** Null where the loop cannot wait for it. */
  [[nodiscard]] const std::shared_ptr<LoopReader>& reader() const { return reader_; }  // loop

  /** Delivers one portion of what waits. */
  void deliver();  // loop

  /** A client of this thread has flushed; what has left may be answered. */
  void flushed();  // loop

  /** Sends what the brokers are to have for what this thread has read. */
  void flush_replies();  // loop

  /** Whether the doorbell keeps the event loop alive. */
  void keep_alive(bool alive);  // loop

  /** Whether Paho's trace is delivered, too. */
  void trace(bool wanted);  // loop

  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void on_exit(void* environment);
  void make_context();
  void make_doorbell(bool has_libuv);
  void on_ring();
  void on_ring_in_loop();
  void read_in_loop();
  void poll_busily();
  void on_readable();
  void call(const Napi::FunctionReference& function, std::span<const napi_value> arguments);
  napi_value slab_buffer(Slab& slab);
  napi_value hand_over(void* memory, size_t size);
  napi_value copy_buffer(wire::BytesView bytes);
  napi_value held_buffers(const Slab& slab);
  napi_value held_buffer(const Slab::Held& held);
  void shut();

  const Napi::Env env_;
  Napi::FunctionReference deliver_;
  Napi::FunctionReference yield_;
  std::shared_ptr<Doorbell> doorbell_;
  std::shared_ptr<Inbox> inbox_;
  std::shared_ptr<LoopReader> reader_;
  // What JavaScript is called in by the loop. The context does not hold its resource.
  Napi::ObjectReference resource_;
  std::optional<Napi::AsyncContext> context_;
  std::optional<BusyPoll> busy_poll_;
  std::optional<uint32_t> tracing_;
  bool yielded_ = false;  // `deliver` will be called in a later turn
  bool shut_ = false;
};

}  // namespace mqtt_native::node
