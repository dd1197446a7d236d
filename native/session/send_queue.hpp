#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "session/events.hpp"
#include "session/outbox.hpp"
#include "session/trace.hpp"

namespace mqtt_native::session {

struct QueueOptions {
  bool keeps_operations = false;  // over connections
  bool repeats_qos2 = false;      // in a new session, though the broker may have got them
  size_t max_bytes = SIZE_MAX;    // of queued publishes
};

struct Attachment {
  std::shared_ptr<mqtt::Connection> connection;
  mqtt::Protocol protocol;  // of earlier connections
  size_t window;            // operations in flight
  bool resumes = true;      // the broker has the session
  bool one_by_one = false;  // the window is 1 until the broker answers a call
};

/** The record of one connection, to find a publish that ends connections. */
struct ConnectionRecord {
  std::optional<uint32_t> first_token;  // of the first call, apart from renewals and QoS 0
  base::TimePoint first_sent{};         // the time of that call
  base::TimePoint end{};
  bool acknowledged = false;  // the broker has answered a call
};

/** Requests for the control plane, with their packet identifiers. */
struct Requests {
  Outbox::Batch batch;
  std::vector<uint16_t> identifiers;
};

/**
 * A session's queue of unsent operations. Any thread that finds the window open, and nothing queued before,
 * writes a publish to the connection. Otherwise the publish waits here. Requests (SUBSCRIBE, UNSUBSCRIBE)
 * wait here for the send thread, which gives them to the control plane. Operations keep their order, except
 * renewals: SUBSCRIBEs that restore the subscriptions of a session.
 *
 * With `keeps_operations` they outlive their connections. Queued ones stay queued, requests without an answer
 * are queued again, and publishes in flight stay in the in-flight table. Each connection is held: it sends
 * only renewals before `proceed`.
 */
class SendQueue {
 public:
  /** `post` has `Session::run_posted` called on the send thread. */
  SendQueue(const QueueOptions& options, std::shared_ptr<mqtt::InflightTable> inflight, Trace& trace,
            std::function<void()> post)
      : options_(options),
        inflight_(std::move(inflight)),
        trace_(trace),
        post_(std::move(post)),
        accepts_(options.keeps_operations) {}

  /** Begins a connection. Returns the publishes that are lost with the broker's session. */
  [[nodiscard]] std::vector<Completion> attach(const Attachment& attachment);  // receive
  /** Refuses further operations until `drop` or `attach`. Queued ones may still be sent. */
  void close();  // loop
  /** Ends the connection. Drops the queued operations, unless they outlive connections. */
  void detach();  // any
  void drop();    // loop

  /**
   * Accepts an operation, and copies it if it must wait. It is sent with the next flush, or earlier. Returns
   * false if it must wait and the queue would have too many bytes.
   */
  [[nodiscard]] bool submit(const Operation& operation);  // loop
  /** Sends a publish of QoS 0. Returns false if it must be submitted instead. */
  bool publish_now(const Operation& operation);  // loop
  void flush();                                  // loop
  /**
   * Removes a queued operation. Returns true if no part of it was or will be sent. Between two connections
   * the answer refers to the last one. One in flight is not sent again in a new session.
   */
  bool cancel(uint32_t token);  // loop
  /** Removes a queued operation if no part of it was sent. Returns whether it did. */
  bool expire(uint32_t token);  // loop
  /** Removes an operation, even in flight. Its identifier then stays unused until the session ends. */
  void refuse(uint32_t token);  // loop
  /** Queues a SUBSCRIBE before everything else and outside the window. It ends with its connection. */
  void renew(const Operation& operation);  // loop
  /** Ends the hold: everything else follows the renewals. */
  void proceed();  // loop

  /**
   * Gives the connection the sendable publishes, those of an earlier connection first, and flushes. Posts if
   * more can follow. Returns the operations that have ended: QoS 0 needs no answer.
   */
  [[nodiscard]] std::vector<Completion> send();  // any
  /** Takes the sendable requests. Everything behind them waits for `on_processed`. */
  [[nodiscard]] Requests take_requests();  // send
  void on_refused(uint32_t token);         // send
  /** The control plane has written a request, which must be flushed. */
  void on_written();                                                  // send
  void on_processed();                                                // send
  void on_answered(const mqtt::InflightTable::Completed& completed);  // reader
  /** Whether an answer has arrived that a queued operation waits for. Clears the flag. */
  [[nodiscard]] bool claim_answered() { return answered_.exchange(false); }  // any

  [[nodiscard]] size_t size();                       // any
  [[nodiscard]] size_t publish_bytes();              // any: of queued publishes
  [[nodiscard]] ConnectionRecord last_connection();  // any

 private:
  [[nodiscard]] bool may_send() const { return connection_ && !held_; }
  [[nodiscard]] bool is_empty() const {
    return !control_busy_ && outbox_.empty() && renewals_.empty() && !inflight_->has_resends();
  }
  [[nodiscard]] bool window_open() const { return inflight_->window_open(window_); }
  void enqueue(Operation operation);
  bool publish_directly(const Operation& operation);
  mqtt::Appended append_publish(const Operation& operation, bool at_once,
                                const base::SharedBytes& memory = {});
  void note_sent(std::optional<uint32_t> token);
  void return_requests();
  std::vector<Completion> recover(const std::vector<mqtt::InflightTable::Lost>& publishes,
                                  mqtt::Protocol protocol);
  bool cancel_kept(uint32_t token);
  size_t resend(std::vector<Completion>& ended);
  void send_portion(std::vector<Completion>& ended);
  bool send_next(std::vector<Completion>& ended);
  bool send_front(const Operation& publish, std::vector<Completion>& ended);
  void take_request(Outbox& from, bool counts, Requests& requests);
  [[nodiscard]] bool can_progress();
  [[nodiscard]] bool publish_waits_for_room();
  [[nodiscard]] bool request_is_next();
  [[nodiscard]] bool renewal_is_next() const { return !renewals_.empty() && inflight_->has_identifier(); }
  void post_if_it_can_progress();

  const QueueOptions options_;
  const std::shared_ptr<mqtt::InflightTable> inflight_;
  Trace& trace_;
  const std::function<void()> post_;

  std::mutex mutex_;
  std::shared_ptr<mqtt::Connection> connection_;
  Outbox outbox_;
  Outbox renewals_;
  Outbox requests_;  // in flight; only if operations outlive connections
  size_t full_window_ = 0;
  size_t window_ = 0;  // at present
  bool held_ = false;
  bool accepts_;
  uint32_t next_token_ = 0;     // the token behind the last accepted operation
  uint32_t unsent_from_ = 0;    // the first token that was queued when the last connection ended
  uint32_t attached_from_ = 0;  // the first token behind those accepted before this connection
  bool unflushed_ = false;      // bytes have been appended since the last flush
  bool control_busy_ = false;   // the control plane has requests that it has not written yet
  ConnectionRecord record_;
  ConnectionRecord last_record_;
  std::atomic<bool> answered_ = false;
};

}  // namespace mqtt_native::session
