// How a session's operations come to Paho, on its send thread: as many as may go out now, the rest when they
// may.

#include <algorithm>
#include <utility>

#include "paho/callbacks.hpp"
#include "paho/engine.hpp"
#include "paho/session.hpp"

namespace mqtt_native::paho {

namespace {

/** Operations given to Paho at once: enough to share a write, few enough to keep Paho's lists short. */
constexpr size_t batch_size = 256;
constexpr size_t batch_bytes = 256 * 1024;
/** Nothing more is given to Paho while this much has not left. */
constexpr size_t backlog_limit = 512 * 1024;

}  // namespace

bool Session::may_feed() {
  if (state_ != State::connected && state_ != State::disconnecting) return false;
  if (!connection_ || connection_->backlog() > backlog_limit) return false;
  const Operation* next = outbox_.front();
  return next != nullptr && (!next->acknowledged() || under_way() < inflight_limit_);
}

/** Gives Paho what may go out now. Holds Paho's lock throughout, ours only to take and to book. */
bool Session::feed() {
  const PahoLock paho_lock;
  const Outbox::Batch batch = take_batch();
  bool refused = false;
  for (const Operation& operation : batch.operations) refused |= !hand_over(operation);
  if (refused) Engine::instance().post(shared_from_this());  // it has left a place in the window
  return !batch.operations.empty();
}

Outbox::Batch Session::take_batch() {
  Outbox::Batch batch;
  const std::lock_guard lock(mutex_);
  size_t free_places = inflight_limit_ - std::min(inflight_limit_, under_way());
  size_t bytes = 0;
  while (batch.operations.size() < batch_size && bytes < batch_bytes && may_feed()) {
    const Operation& next = *outbox_.front();
    if (next.acknowledged() && free_places-- == 0) break;
    bytes += next.payload.size();
    outbox_.take(batch);
  }
  handing_over_ |= !batch.operations.empty();
  if (connection_ && !outbox_.empty() && connection_->backlog() > backlog_limit)
    Engine::instance().post_when_room(shared_from_this());
  // Also when the backlog has shrunk just before we began to wait for that.
  if (may_feed()) Engine::instance().post(shared_from_this());
  return batch;
}

/** False when Paho refuses it. */
bool Session::hand_over(const Operation& operation) {
  if (!operation.acknowledged()) {
    const int error = publish_to_paho(handle_, operation);
    if (error == MQTTASYNC_SUCCESS)
      note_written(operation.token);
    else
      note_refused(operation.token, error);
    return error == MQTTASYNC_SUCCESS;
  }
  uint32_t ticket = 0;
  {
    const std::lock_guard lock(mutex_);
    ticket = in_flight_.add({operation.token, 0, true});
    last_identifier_ = 0;
  }
  const Submission submission = submit_to_paho(handle_, *this, ticket, operation, handle_protocol_);
  const bool accepted = submission.error == MQTTASYNC_SUCCESS;
  {
    const std::lock_guard lock(mutex_);
    if (!accepted) in_flight_.take(ticket);
    if (!accepted)
      identifiers_.release(last_identifier_);  // Paho does not tell which it was
    else if (InFlight::Entry* entry = in_flight_.find(ticket))
      entry->identifier = submission.identifier;
  }
  if (!accepted) note_refused(operation.token, submission.error);
  return accepted;
}

std::optional<uint16_t> Session::next_identifier() {
  const std::lock_guard lock(mutex_);
  if (!knows_identifiers_) return std::nullopt;
  const uint16_t identifier = last_identifier_ = identifiers_.next();
  return identifier == 0 ? std::nullopt : std::optional(identifier);
}

void Session::note_written(uint32_t token) {
  const std::lock_guard lock(mutex_);
  if (!written_.empty() && written_.back().first + written_.back().count == token)
    written_.back().count++;
  else
    written_.push_back({token, 1});
}

/**
 * That there is no connection any more is no refusal: the
 * end of the connection is on its way, and settles it.
 */
void Session::note_refused(uint32_t token, int error) {
  if (error != MQTTASYNC_DISCONNECTED)
    events_->completed({.token = token, .identifier = 0, .paho_error = error});
}

void Session::on_processed() {
  std::vector<Tokens> written;
  {
    const std::lock_guard lock(mutex_);
    written.swap(written_);
    handing_over_ = false;
  }
  for (const auto& [first, count] : written)
    events_->completed({.token = first, .count = count, .identifier = 0});
}

}  // namespace mqtt_native::paho
