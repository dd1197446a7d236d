#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "node/event_batch.hpp"
#include "node/topic_cache.hpp"

namespace mqtt_native::node {

/**
 * Where the events of all clients of one JavaScript thread wait for it, in one order. Who has some appends
 * them under a short lock and rings once; the loop thread takes what has gathered, a bounded portion at a
 * time.
 */
class EventQueue {
 public:
  /** A turn of the event loop gets at most about this much, in one batch. Any of its messages keeps that. */
  static constexpr size_t portion_bytes = 512 * 1024;
  static constexpr size_t portion_events = 256;
  /** Reading from the network stops above the first, and goes on below the second. */
  static constexpr size_t high_water = 8 * 1024 * 1024;
  static constexpr size_t low_water = 4 * 1024 * 1024;
  /** From this size on a payload is not copied into the batch, if its memory can be held. */
  static constexpr size_t min_held_size = 1024;
  /** While more than this waits, lines of trace are dropped: they must not keep events waiting. */
  static constexpr size_t trace_limit = 256 * 1024;

  static constexpr size_t min_batch_size = 1024;
  /**
   * The loop thread begins with so many messages, or so many bytes, though more of them follow. It is faster
   * than what reads them: with fewer it would soon wait again, and to wake it costs as much as dozens of
   * them.
   */
  static constexpr uint32_t message_threshold = 512;
  static constexpr size_t byte_threshold = 2 * 1024 * 1024;
  /** With fewer completions: what publishes has been waiting for them. */
  static constexpr uint32_t completion_threshold = 32;

  struct Notice {
    // Something waits. Called once until `rearm`, on any thread; perhaps late, after the next one.
    std::function<void()> wake;
    std::function<void()> resume;  // no longer congested
  };
  explicit EventQueue(Notice notice) : notice_(std::move(notice)) {}

  void message(uint32_t client, const session::Message& message);          // any
  void completed(uint32_t client, const session::Completion& completion);  // any
  /** Rings for the messages and completions so far. Without it they ring only when they have become many. */
  void notify();                                                                        // any
  void packet(uint32_t client, EventBatch::Kind kind, mqtt::BytesView packet);          // any: CONNACK, AUTH
  void deviation(uint32_t client, mqtt::Deviation deviation);                           // any
  void ended(uint32_t client, EventBatch::Kind kind, const mqtt::CloseReason* reason);  // any
  void trace(std::string_view line);                                                    // any

  /** The next portion, oldest first; nothing when nothing waits. */
  std::optional<EventBatch> take();  // loop
  /**
   * Has the next event ring again, if nothing waits; false when something does, which nobody will ring for.
   */
  bool rearm();  // loop

  /** Drops everything, now and from now on. Somebody may be about to ring still. */
  void close();  // loop

  /** Whether the loop thread has taken everything of late. */
  [[nodiscard]] bool is_quiet() const { return quiet_.load(std::memory_order_relaxed); }  // any

  /** True while what waits exceeds the high water mark. */
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> paused() const { return paused_; }  // any

 private:
  class Access;

  EventBatch& open_batch();
  void appended(size_t weight_before);

  const Notice notice_;
  const std::shared_ptr<std::atomic<bool>> paused_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> quiet_ = true;

  std::mutex mutex_;
  std::deque<EventBatch> batches_;
  size_t last_size_ = min_batch_size;  // of a batch that was taken: the next one will be about as large
  TopicCache topics_;
  size_t weight_ = 0;
  uint32_t dropped_lines_ = 0;
  bool woken_ = false;
  uint32_t unnotified_ = 0;  // messages and completions that nobody has rung for
  bool closed_ = false;
};

}  // namespace mqtt_native::node
