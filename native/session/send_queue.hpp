#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "session/outbox.hpp"
#include "session/packet_trace.hpp"

namespace mqtt_native::session {

/** Consecutive tokens. */
struct Tokens {
  uint32_t first;
  uint32_t count;
};

/**
 * A session's queue of unsent operations. Any thread that finds the window open, and nothing queued before,
 * writes a publish to the connection. Otherwise the publish waits here. Requests (SUBSCRIBE, UNSUBSCRIBE)
 * wait here for the send thread, which gives them to the control plane. Operations keep their order.
 */
class SendQueue {
 public:
  /** `post` has `Session::run_posted` called on the send thread. */
  SendQueue(std::shared_ptr<mqtt::InflightTable> inflight, Trace& trace, std::function<void()> post)
      : inflight_(std::move(inflight)), trace_(trace), post_(std::move(post)) {}

  /** Begins a connection. `limit`: of operations in flight. */
  void attach(std::shared_ptr<mqtt::Connection> connection, size_t limit);  // receive
  /** Refuses further operations. Queued ones may still be sent. */
  void close();  // loop
  /** Ends the connection and drops the queued operations. */
  void detach();  // any

  /** Accepts an operation, and copies it if it must wait. It is sent with the next flush, or earlier. */
  void submit(const Operation& operation);  // loop
  /** Sends a publish of QoS 0. Returns false if it must be submitted instead. */
  bool publish_now(const Operation& operation);  // loop
  void flush();                                  // loop
  /**
   * Removes a queued operation. Returns true if no part of it was or will be sent. Between two connections
   * the answer refers to the last one.
   */
  bool cancel(uint32_t token);  // loop

  /**
   * Gives the connection the sendable publishes, those of an earlier connection first, and flushes. Posts if
   * more can follow. Returns the tokens that are done: QoS 0 needs no answer.
   */
  [[nodiscard]] std::vector<Tokens> send();  // any
  /** Takes the sendable requests. Everything behind them waits for `on_processed`. */
  [[nodiscard]] Outbox::Batch take_requests();  // send
  /** The control plane has written a request, which must be flushed. */
  void on_written();  // send
  /** The control plane has written all requests. */
  void on_processed();  // send
  /** The broker has answered an operation. */
  void on_answered();  // reader
  /** Whether an answer has arrived that a queued operation waits for. Clears the flag. */
  [[nodiscard]] bool claim_answered() { return answered_.exchange(false); }  // any

  [[nodiscard]] size_t size();  // any

 private:
  [[nodiscard]] bool is_empty() { return !control_busy_ && outbox_.empty() && !inflight_->has_resends(); }
  [[nodiscard]] bool window_open() const { return inflight_->window_open(limit_); }
  bool publish_directly(const Operation& operation);
  bool append_publish(const Operation& operation, bool at_once, const base::SharedBytes& memory = {});
  size_t resend();
  std::vector<Tokens> send_portion();
  [[nodiscard]] bool can_progress();
  [[nodiscard]] bool publish_waits_for_room();
  [[nodiscard]] bool request_is_next();
  void post_if_it_can_progress();

  const std::shared_ptr<mqtt::InflightTable> inflight_;
  Trace& trace_;
  const std::function<void()> post_;

  std::mutex mutex_;
  std::shared_ptr<mqtt::Connection> connection_;
  Outbox outbox_;
  size_t limit_ = 0;
  bool accepts_ = false;
  uint32_t next_token_ = 0;    // the token behind the last accepted operation
  uint32_t unsent_from_ = 0;   // the first token that was queued when the last connection ended
  bool unflushed_ = false;     // bytes have been appended since the last flush
  bool control_busy_ = false;  // the control plane has requests that it has not written yet
  std::atomic<bool> answered_ = false;
};

}  // namespace mqtt_native::session
