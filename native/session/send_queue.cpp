#include "session/send_queue.hpp"

#include <utility>

namespace mqtt_native::session {

namespace {

/** Bytes given to the connection at once. The thread has more work. */
constexpr size_t portion_bytes = 512 * 1024;
/** The send thread is notified after so many large operations: a long burst begins to leave before its end.
 */
constexpr size_t operations_per_notice = 8;
constexpr size_t large_payload = 32 * 1024;

void add(std::vector<Tokens>& done, uint32_t token) {
  if (!done.empty() && done.back().first + done.back().count == token)
    done.back().count++;
  else
    done.push_back({token, 1});
}

}  // namespace

void SendQueue::attach(std::shared_ptr<mqtt::Connection> connection, size_t limit) {
  const std::lock_guard lock(mutex_);
  connection_ = std::move(connection);
  limit_ = limit;
  accepts_ = true;
}

void SendQueue::close() {
  const std::lock_guard lock(mutex_);
  accepts_ = false;
}

void SendQueue::detach() {
  const std::lock_guard lock(mutex_);
  if (!connection_) return;
  const Operation* first = outbox_.front();
  unsent_from_ = first != nullptr ? first->token : next_token_;
  connection_.reset();
  outbox_.clear();
  accepts_ = unflushed_ = control_busy_ = false;
}

void SendQueue::submit(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  if (!accepts_) return;  // the connection has ended, and its event follows
  next_token_ = operation.token + 1;
  if (!operation.is_request() && operation.qos > 0 && is_empty() && publish_directly(operation)) return;
  outbox_.append(operation);
  const bool is_large = operation.payload.size() >= large_payload;
  if (is_large && outbox_.size() % operations_per_notice == 0 && can_progress()) post_();
}

bool SendQueue::publish_now(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  return accepts_ && is_empty() && publish_directly(operation);
}

/**
 * Flushes on this thread, except in a burst. In a burst this thread writes only the first publish, if that is
 * large. The send thread flushes the others while more are appended.
 */
bool SendQueue::publish_directly(const Operation& operation) {
  if (!append_publish(operation, !unflushed_)) return false;
  if (connection_->wants_flush()) post_();
  return true;
}

/** Publishes directly. Returns false if the window is full or the connection refuses the publish. */
bool SendQueue::append_publish(const Operation& operation, bool at_once, const base::SharedBytes& memory) {
  if (operation.is_acknowledged() && !window_open()) return false;
  const mqtt::OutgoingPublish publish{operation.topics, operation.properties, operation.payload,
                                      operation.retain, operation.qos};
  const auto identifier = connection_->publish(publish, operation.token, at_once, memory);
  if (!identifier) return false;
  trace_publish_sent(trace_, *identifier, publish);
  return unflushed_ = true;
}

void SendQueue::flush() {
  std::shared_ptr<mqtt::Connection> connection;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(unflushed_, false)) connection = connection_;
    waits = !outbox_.empty();
  }
  if (connection && !connection->is_flush_wanted()) connection->flush();
  if (waits) post_if_it_can_progress();
}

void SendQueue::post_if_it_can_progress() {
  {
    const std::lock_guard lock(mutex_);
    if (!connection_ || control_busy_ || !can_progress()) return;
  }
  post_();
}

bool SendQueue::cancel(uint32_t token) {
  {
    const std::lock_guard lock(mutex_);
    if (!connection_) return static_cast<int32_t>(token - unsent_from_) >= 0;
    const Operation* first = outbox_.front();
    const bool was_first = first != nullptr && first->token == token;
    if (outbox_.cancel(token) == CancelResult::not_queued) return false;
    if (!was_first || outbox_.empty()) return true;
  }
  post_();  // the next operation may be sendable
  return true;
}

std::vector<Tokens> SendQueue::send() {
  std::shared_ptr<mqtt::Connection> connection;
  std::vector<Tokens> done;
  bool goes_on = false;
  {
    const std::lock_guard lock(mutex_);
    if (!connection_ || control_busy_) return done;
    done = send_portion();
    goes_on = can_progress();
    if (std::exchange(unflushed_, false)) connection = connection_;
  }
  if (connection) connection->flush();
  if (goes_on) post_();
  return done;
}

std::vector<Tokens> SendQueue::send_portion() {
  std::vector<Tokens> done;
  size_t bytes = resend();
  if (inflight_->has_resends()) return done;
  while (bytes < portion_bytes) {
    const Operation* next = outbox_.front();
    if (next == nullptr || next->is_request() || !append_publish(*next, false, outbox_.memory())) break;
    bytes += next->payload.size();
    if (!next->is_acknowledged()) add(done, next->token);
    outbox_.pop();
  }
  return done;
}

/** Sends the unacknowledged publishes of an earlier connection again. Returns how many bytes. */
size_t SendQueue::resend() {
  size_t bytes = 0;
  while (bytes < portion_bytes && inflight_->may_resend(limit_)) {
    const size_t size = connection_->resend();
    if (size == 0) break;
    bytes += size;
    unflushed_ = true;
  }
  return bytes;
}

/** Whether something can be sent at once. If it waits for room in the connection, that will notify. */
bool SendQueue::can_progress() {
  return publish_waits_for_room() ? connection_->has_room() : request_is_next();
}

/** Whether a publish waits for nothing but room in the connection, or the next portion. */
bool SendQueue::publish_waits_for_room() {
  if (inflight_->has_resends()) return inflight_->may_resend(limit_);
  const Operation* next = outbox_.front();
  return next != nullptr && !next->is_request() && (!next->is_acknowledged() || window_open());
}

bool SendQueue::request_is_next() {
  const Operation* next = outbox_.front();
  return next != nullptr && next->is_request() && !inflight_->has_resends() && window_open();
}

Outbox::Batch SendQueue::take_requests() {
  Outbox::Batch batch;
  const std::lock_guard lock(mutex_);
  if (!connection_ || control_busy_) return batch;
  while (request_is_next() && inflight_->in_flight() + batch.operations.size() < limit_) outbox_.take(batch);
  control_busy_ = !batch.operations.empty();
  return batch;
}

void SendQueue::on_written() {
  const std::lock_guard lock(mutex_);
  unflushed_ = connection_ != nullptr;
}

void SendQueue::on_processed() {
  const std::lock_guard lock(mutex_);
  control_busy_ = false;
}

void SendQueue::on_answered() {
  const std::lock_guard lock(mutex_);
  if (!is_empty()) answered_ = true;
}

size_t SendQueue::size() {
  const std::lock_guard lock(mutex_);
  return outbox_.size();
}

}  // namespace mqtt_native::session
