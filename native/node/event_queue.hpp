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
 * The queue of events of all clients of one JavaScript thread, in one order. Any thread appends events under
 * a short lock and wakes the loop thread once. The loop thread takes the queued events, a bounded batch at a
 * time.
 */
class EventQueue {
 public:
  /** Limits of a batch: it is delivered in one turn of the event loop, and each message keeps all of it. */
  static constexpr size_t portion_bytes = 512 * 1024;
  static constexpr size_t portion_events = 256;
  /** Reading from the network stops above the first size, and resumes below the second. Bytes. */
  static constexpr size_t high_water = 8 * 1024 * 1024;
  static constexpr size_t low_water = 4 * 1024 * 1024;
  /** Bytes: a payload of at least this size is held, if its memory can be held, instead of copied. */
  static constexpr size_t min_held_size = 1024;
  /** Bytes: above this queue size trace lines are dropped, because they must not delay events. */
  static constexpr size_t trace_limit = 256 * 1024;

  static constexpr size_t min_batch_size = 1024;
  /**
   * The loop thread is woken for this many queued messages or bytes, though more follow. It is faster than
   * the reader. Earlier wake-ups would make it wait again soon, and each costs as much as dozens of messages.
   */
  static constexpr uint32_t message_threshold = 512;
  static constexpr size_t byte_threshold = 2 * 1024 * 1024;
  /** The loop thread is woken for this many completions: publishers wait for them. */
  static constexpr uint32_t completion_threshold = 32;

  struct Notice {
    // Wakes the loop thread. Called once until `rearm`, on any thread, perhaps late.
    std::function<void()> wake;
    std::function<void()> resume;  // called when reading may resume
  };
  explicit EventQueue(Notice notice) : notice_(std::move(notice)) {}

  void message(uint32_t client, const session::Message& message);          // any
  void completed(uint32_t client, const session::Completion& completion);  // any
  /**
   * Wakes the loop thread for the messages and completions so far. Without it only the thresholds wake it.
   */
  void notify();                                                                        // any
  void packet(uint32_t client, EventBatch::Kind kind, mqtt::BytesView packet);          // any: CONNACK, AUTH
  void deviation(uint32_t client, mqtt::Deviation deviation);                           // any
  void released(uint32_t client, uint16_t identifier, uint16_t connection);             // any
  void ended(uint32_t client, EventBatch::Kind kind, const mqtt::CloseReason* reason);  // any
  void trace(std::string_view line);                                                    // any

  std::optional<EventBatch> take();  // loop
  /** Lets the next event wake the loop thread again. Returns false if the queue is not empty. */
  bool rearm();  // loop

  /** Drops all events, now and later. A wake-up may still be about to happen. */
  void close();  // loop

  /** Whether the loop thread has taken all events of late. */
  [[nodiscard]] bool is_quiet() const { return quiet_.load(std::memory_order_relaxed); }  // any

  /** True from the high water mark until the queue is below the low one. */
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
  size_t last_size_ = min_batch_size;  // of the last batch: the next one is expected to be about as large
  TopicCache topics_;
  size_t weight_ = 0;
  uint32_t dropped_lines_ = 0;
  bool woken_ = false;
  uint32_t unnotified_ = 0;  // messages and completions without a wake-up
  bool closed_ = false;
};

}  // namespace mqtt_native::node
