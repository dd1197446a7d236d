// Submits and cancels operations, and begins and ends connections.

#include "session/send_queue.hpp"

namespace mqtt_native::session {

namespace {

/** The send thread is notified after so many large operations: a long burst begins to leave before its end.
 */
constexpr size_t operations_per_notice = 8;
constexpr size_t large_payload = 32 * 1024;

}  // namespace

std::vector<Completion> SendQueue::attach(const Attachment& attachment) {
  std::vector<Completion> lost;
  const std::lock_guard lock(mutex_);
  if (!attachment.resumes) lost = recover(inflight_->take_lost(options_.repeats_qos2), attachment.protocol);
  connection_ = attachment.connection;
  full_window_ = attachment.window;
  window_ = attachment.one_by_one ? 1 : full_window_;
  held_ = options_.keeps_operations;
  attached_from_ = next_token_;
  record_ = {};
  if (!options_.keeps_operations) accepts_ = true;
  return lost;
}

/**
 * Queues the publishes of a lost session again, in their original order. A publish of QoS 2 is queued only if
 * no part of it was written. Otherwise it may have been delivered, and is returned, except with
 * `repeats_qos2`.
 */
std::vector<Completion> SendQueue::recover(const std::vector<mqtt::InflightTable::Lost>& publishes,
                                           mqtt::Protocol protocol) {
  std::vector<Completion> lost;
  std::vector<Operation> returned;
  for (const auto& [token, packet, written] : publishes) {
    if (!token) continue;
    const auto publish = packet.empty() ? mqtt::OutgoingPublish{.topic = {}, .qos = 2}
                                        : mqtt::read_outgoing_publish(packet, protocol);
    if (publish.qos == 2 && written && !options_.repeats_qos2) {
      lost.push_back({.token = *token, .identifier = 0, .outcome = Outcome::session_lost, .was_sent = true});
      continue;
    }
    Operation operation{.qos = publish.qos, .retain = publish.retain, .was_sent = written, .token = *token};
    operation.topics = publish.topic;
    operation.payload = publish.payload;
    operation.properties = publish.properties;
    if (operation.has_expiry()) operation.queued_at = last_record_.end;
    returned.push_back(operation);
  }
  outbox_.insert(returned);
  return lost;
}

void SendQueue::close() {
  const std::lock_guard lock(mutex_);
  accepts_ = false;
}

void SendQueue::detach() {
  const std::lock_guard lock(mutex_);
  if (!connection_) return;
  connection_.reset();
  renewals_.clear();
  unflushed_ = control_busy_ = held_ = false;
  if (options_.keeps_operations) return return_requests();
  const Operation* first = outbox_.front();
  unsent_from_ = first != nullptr ? first->token : next_token_;
  outbox_.clear();
  accepts_ = false;
}

void SendQueue::return_requests() {
  record_.end = base::Clock::now();
  last_record_ = record_;
  Outbox::Batch returned;
  while (!requests_.empty()) requests_.take(returned);
  for (Operation& operation : returned.operations) operation.was_sent = true;
  outbox_.insert(returned.operations);
}

void SendQueue::drop() {
  const std::lock_guard lock(mutex_);
  outbox_.clear();
  renewals_.clear();
  requests_.clear();
  accepts_ = options_.keeps_operations;
  inflight_->abandon_all();
}

bool SendQueue::submit(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  if (!accepts_) return true;  // the connection has ended, and its event follows
  const bool may_be_direct = !operation.is_request() && operation.qos > 0 && may_send() && is_empty();
  if (may_be_direct && publish_directly(operation)) {
    next_token_ = operation.token + 1;
    return true;
  }
  const size_t bytes = operation.is_request() ? 0 : operation.byte_count();
  if (bytes > 0 && outbox_.publish_bytes() + bytes > options_.max_bytes) return false;
  next_token_ = operation.token + 1;
  enqueue(operation);
  const bool is_large = operation.payload.size() >= large_payload;
  if (is_large && outbox_.size() % operations_per_notice == 0 && can_progress()) post_();
  return true;
}

void SendQueue::enqueue(Operation operation) {
  if (options_.keeps_operations && operation.has_expiry()) operation.queued_at = base::Clock::now();
  outbox_.append(operation);
}

bool SendQueue::publish_now(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  return accepts_ && may_send() && is_empty() && publish_directly(operation);
}

void SendQueue::renew(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  if (connection_) renewals_.append(operation);
}

void SendQueue::proceed() {
  {
    const std::lock_guard lock(mutex_);
    held_ = false;
  }
  post_();
}

void SendQueue::flush() {
  std::shared_ptr<mqtt::Connection> connection;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(unflushed_, false)) connection = connection_;
    waits = !outbox_.empty() || !renewals_.empty();
  }
  if (connection && !connection->writer().is_flush_wanted()) connection->writer().flush();
  if (waits) post_if_it_can_progress();
}

void SendQueue::post_if_it_can_progress() {
  {
    const std::lock_guard lock(mutex_);
    if (control_busy_ || !can_progress()) return;
  }
  post_();
}

bool SendQueue::cancel(uint32_t token) {
  CancelResult result{};
  bool unblocks = false;
  {
    const std::lock_guard lock(mutex_);
    if (!options_.keeps_operations && !connection_) return !precedes(token, unsent_from_);
    const Operation* first = outbox_.front();
    const bool was_first = first != nullptr && first->token == token;
    result = outbox_.cancel(token);
    if (result == CancelResult::not_queued) return options_.keeps_operations && cancel_kept(token);
    unblocks = was_first && connection_ && !outbox_.empty();
  }
  if (unblocks) post_();  // the next operation may be sendable
  return result == CancelResult::unsent;
}

/** Cancels an operation that is not in the outbox. Returns true if no part of it was or will be sent. */
bool SendQueue::cancel_kept(uint32_t token) {
  if (!precedes(token, next_token_)) return true;  // not accepted
  if (renewals_.cancel(token) != CancelResult::not_queued) return true;
  if (requests_.cancel(token) == CancelResult::not_queued) inflight_->abandon(token);
  return false;
}

bool SendQueue::expire(uint32_t token) {
  const std::lock_guard lock(mutex_);
  return outbox_.cancel(token, true) == CancelResult::unsent;
}

void SendQueue::refuse(uint32_t token) {
  const std::lock_guard lock(mutex_);
  if (outbox_.cancel(token) != CancelResult::not_queued) return;
  if (requests_.cancel(token) == CancelResult::not_queued) inflight_->refuse(token);
}

size_t SendQueue::size() {
  const std::lock_guard lock(mutex_);
  return outbox_.size() + renewals_.size();
}

size_t SendQueue::publish_bytes() {
  const std::lock_guard lock(mutex_);
  return outbox_.publish_bytes();
}

ConnectionRecord SendQueue::last_connection() {
  const std::lock_guard lock(mutex_);
  return last_record_;
}

}  // namespace mqtt_native::session
