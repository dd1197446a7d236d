// Gives operations to the connection and the control plane.

#include <utility>

#include "mqtt/properties.hpp"
#include "session/send_queue.hpp"

namespace mqtt_native::session {

namespace {

/** Bytes given to the connection at once. The thread has more work. */
constexpr size_t portion_bytes = 512 * 1024;

void add_sent(std::vector<Completion>& ended, uint32_t token) {
  const bool extends = !ended.empty() && ended.back().outcome == Outcome::answered &&
                       ended.back().token + ended.back().count == token;
  if (extends)
    ended.back().count++;
  else
    ended.push_back({.token = token, .identifier = 0});
}

void add_unsent(std::vector<Completion>& ended, const Operation& operation, Outcome outcome,
                uint8_t reason_code = 0) {
  ended.push_back({.token = operation.token,
                   .identifier = 0,
                   .outcome = outcome,
                   .reason_code = reason_code,
                   .was_sent = operation.was_sent});
}

struct Adjusted {
  Operation operation;
  Outcome outcome = Outcome::answered;  // any other: it ends so, and must not be sent
  uint8_t reason_code = 0;
};

/**
 * Adjusts a publish that has waited. Its message expiry interval is reduced by the whole seconds of the wait
 * (MQTT 5, section 3.3.2.3.3). On a new connection a topic alias is removed, because the broker does not know
 * it. `properties`: memory for the changed properties.
 */
Adjusted adjust(const Operation& publish, bool is_new_connection, base::TimePoint now,
                mqtt::Bytes& properties) {
  Adjusted adjusted{publish};
  if (publish.queued_at != base::TimePoint{}) {
    const auto interval =
        mqtt::find_property(publish.properties, mqtt::PropertyId::message_expiry_interval).value_or(0);
    const auto waited = std::chrono::floor<std::chrono::seconds>(now - publish.queued_at).count();
    if (waited > 0 && interval <= waited) return {.operation = publish, .outcome = Outcome::expired};
    properties = mqtt::properties_with_expiry(publish.properties, interval - static_cast<uint32_t>(waited));
    adjusted.operation.properties = properties;
  }
  if (is_new_connection &&
      mqtt::find_property(adjusted.operation.properties, mqtt::PropertyId::topic_alias)) {
    if (publish.topics.empty())
      return {.operation = publish, .outcome = Outcome::refused, .reason_code = mqtt::topic_alias_invalid};
    properties = mqtt::properties_without(adjusted.operation.properties, mqtt::PropertyId::topic_alias);
    adjusted.operation.properties = properties;
  }
  return adjusted;
}

}  // namespace

/**
 * Flushes on this thread, except in a burst. In a burst this thread writes only the first publish, if that is
 * large. The send thread flushes the others while more are appended.
 */
bool SendQueue::publish_directly(const Operation& operation) {
  if (!append_publish(operation, !unflushed_)) return false;
  if (connection_->writer().wants_flush()) post_();
  return true;
}

/** Publishes directly, unless the window is full or the connection refuses the publish. */
mqtt::Appended SendQueue::append_publish(const Operation& operation, bool at_once,
                                         const base::SharedBytes& memory) {
  if (operation.is_acknowledged() && !window_open()) return {};
  const mqtt::OutgoingPublish publish{
      operation.topics,   operation.properties, operation.payload, operation.retain, operation.qos, 0, 0,
      operation.duplicate};
  const auto appended = connection_->writer().publish(publish, operation.token, at_once, memory);
  if (!appended) return appended;
  trace_publish_sent(trace_, appended.identifier, publish);
  unflushed_ = true;
  if (options_.keeps_operations && operation.is_acknowledged()) note_sent(operation.token);
  return appended;
}

void SendQueue::note_sent(std::optional<uint32_t> token) {
  if (record_.first_token || !token) return;
  record_.first_token = token;
  record_.first_sent = base::Clock::now();
}

std::vector<Completion> SendQueue::send() {
  std::shared_ptr<mqtt::Connection> connection;
  std::vector<Completion> ended;
  bool goes_on = false;
  {
    const std::lock_guard lock(mutex_);
    if (!connection_ || control_busy_) return ended;
    if (!held_ && renewals_.empty()) send_portion(ended);
    goes_on = can_progress();
    if (std::exchange(unflushed_, false)) connection = connection_;
  }
  if (connection) connection->writer().flush();
  if (goes_on) post_();
  return ended;
}

void SendQueue::send_portion(std::vector<Completion>& ended) {
  size_t bytes = resend(ended);
  if (inflight_->has_resends()) return;
  while (bytes < portion_bytes) {
    const Operation* next = outbox_.front();
    if (next == nullptr || next->is_request()) break;
    bytes += next->payload.size();
    if (!send_next(ended)) break;
  }
}

/** Sends or ends the publish in front. Returns false if it must wait further. */
bool SendQueue::send_next(std::vector<Completion>& ended) {
  const Operation& next = *outbox_.front();
  if (!options_.keeps_operations || next.properties.empty()) return send_front(next, ended);
  mqtt::Bytes properties;
  const auto [adjusted, outcome, reason_code] =
      adjust(next, precedes(next.token, attached_from_), base::Clock::now(), properties);
  if (outcome == Outcome::answered) return send_front(adjusted, ended);
  add_unsent(ended, next, outcome, reason_code);
  outbox_.pop();
  return true;
}

/** Does the same without adjusting it. `publish`: the one in front, possibly adjusted. */
bool SendQueue::send_front(const Operation& publish, std::vector<Completion>& ended) {
  const auto appended = append_publish(publish, false, outbox_.memory());
  if (appended.refusal != 0)
    add_unsent(ended, publish, Outcome::refused, appended.refusal);
  else if (!appended)
    return false;
  else if (!publish.is_acknowledged())
    add_sent(ended, publish.token);
  outbox_.pop();
  return true;
}

/** Sends the unacknowledged publishes of an earlier connection again. Returns how many bytes. */
size_t SendQueue::resend(std::vector<Completion>& ended) {
  size_t bytes = 0;
  while (bytes < portion_bytes && inflight_->may_resend(window_)) {
    const auto [size, token, refusal] = connection_->writer().resend();
    if (refusal != 0) {
      const Operation refused{.was_sent = true, .token = token.value_or(0)};
      if (token) add_unsent(ended, refused, Outcome::refused, refusal);
      continue;
    }
    if (size == 0) break;
    bytes += size;
    unflushed_ = true;
    if (options_.keeps_operations) note_sent(token);
  }
  return bytes;
}

/** Whether something can be sent at once. If it waits for room in the connection, that will notify. */
bool SendQueue::can_progress() {
  if (!connection_) return false;
  if (renewal_is_next()) return true;
  if (held_) return false;
  return publish_waits_for_room() ? connection_->writer().has_room() : request_is_next();
}

/** Whether a publish waits for nothing but room in the connection, or the next portion. */
bool SendQueue::publish_waits_for_room() {
  if (inflight_->has_resends()) return inflight_->may_resend(window_);
  const Operation* next = outbox_.front();
  return next != nullptr && !next->is_request() && (!next->is_acknowledged() || window_open());
}

bool SendQueue::request_is_next() {
  const Operation* next = outbox_.front();
  return next != nullptr && next->is_request() && !inflight_->has_resends() && window_open();
}

/** Allocates identifiers under the lock, so that none is left of a connection that has ended. */
Requests SendQueue::take_requests() {
  Requests requests;
  const std::lock_guard lock(mutex_);
  if (!connection_ || control_busy_) return requests;
  while (renewal_is_next()) take_request(renewals_, false, requests);
  while (!held_ && request_is_next()) take_request(outbox_, true, requests);
  control_busy_ = !requests.identifiers.empty();
  return requests;
}

void SendQueue::take_request(Outbox& from, bool counts, Requests& requests) {
  const Operation request = *from.front();
  const bool subscribes = request.kind == Operation::Kind::subscribe;
  const auto answer = subscribes ? mqtt::PacketType::suback : mqtt::PacketType::unsuback;
  requests.identifiers.push_back(inflight_->allocate(answer, request.token, false, counts));
  from.take(requests.batch);
  if (!options_.keeps_operations || !counts) return;
  requests_.append(request);
  note_sent(request.token);
}

void SendQueue::on_refused(uint32_t token) {
  const std::lock_guard lock(mutex_);
  requests_.cancel(token);
}

void SendQueue::on_written() {
  const std::lock_guard lock(mutex_);
  unflushed_ = connection_ != nullptr;
}

void SendQueue::on_processed() {
  const std::lock_guard lock(mutex_);
  control_busy_ = false;
}

void SendQueue::on_answered(const mqtt::InflightTable::Completed& completed) {
  const std::lock_guard lock(mutex_);
  if (options_.keeps_operations && completed.counts) {
    record_.acknowledged = true;
    window_ = full_window_;
    if (completed.token && !requests_.empty()) requests_.cancel(*completed.token);
  }
  if (!is_empty()) answered_ = true;
}

}  // namespace mqtt_native::session
