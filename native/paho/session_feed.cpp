// How a session's operations come to the broker: publishes past Paho, as many as may go out now, the rest
// when they may; subscribes and unsubscribes through Paho, on its send thread.

#include <utility>

#include "paho/callbacks.hpp"
#include "paho/engine.hpp"
#include "paho/packet_trace.hpp"
#include "paho/session.hpp"

namespace mqtt_native::paho {

namespace {

/** Handed to the connection in one go. More waits for a later one, so that no thread is kept from what else
 * it has to do. */
constexpr size_t portion_bytes = 512 * 1024;

}  // namespace

void Session::note_done(std::vector<Tokens>& done, uint32_t token) {
  if (!done.empty() && done.back().first + done.back().count == token)
    done.back().count++;
  else
    done.push_back({token, 1});
}

/**
 * Gives a publish to the connection, which gathers it until the next flush or, `at_once`, writes it if it is
 * large. False: not now. The window is full, or the connection takes none: not before its CONNACK nor at
 * its end, not while too much waits in it, not without a packet identifier.
 */
bool Session::hand_to_connection(const Operation& operation, bool at_once, const net::SharedBytes& memory) {
  if (operation.acknowledged() && !window_is_open()) return false;
  const std::string_view topic = operation.topics.substr(0, operation.topics.size() - 1);
  const wire::OutgoingPublish publish{topic, operation.properties, operation.payload, operation.retain,
                                      operation.qos};
  const auto identifier = connection_->publish(publish, operation.token, at_once, memory);
  if (!identifier) return false;
  trace_publish_sent(*identifier, publish);
  return unflushed_ = true;
}

void Session::pump() {
  std::shared_ptr<wire::Connection> connection;
  std::vector<Tokens> done;
  bool goes_on = false;
  {
    const std::lock_guard lock(mutex_);
    if (!is_open() || !connection_ || handing_over_) return;
    done = publish_waiting();
    goes_on = is_not_stuck();
    if (std::exchange(unflushed_, false)) connection = connection_;
  }
  if (connection) connection->flush();
  for (const auto& [first, count] : done)
    events_->completed({.token = first, .count = count, .identifier = 0});
  if (!done.empty()) events_->announce();
  if (goes_on) Engine::instance().post(shared_from_this());
}

void Session::leave_waiting() {
  {
    const std::lock_guard lock(mutex_);
    if (!is_open() || !connection_ || handing_over_ || !is_not_stuck()) return;
  }
  Engine::instance().post(shared_from_this());
}

/** Whether something that waits may go on at once. If it waits for room in the connection, that will say so.
 */
bool Session::is_not_stuck() {
  return waits_for_room() ? connection_->has_room() : waits_for_paho();
}

/** Repeats what an earlier connection left unacknowledged, in portions, too. How many bytes. */
size_t Session::repeat_waiting() {
  size_t bytes = 0;
  while (bytes < portion_bytes && exchanges_->may_repeat(inflight_limit_)) {
    const size_t repeated = connection_->repeat();
    if (repeated == 0) break;
    bytes += repeated;
    unflushed_ = true;
  }
  return bytes;
}

/** Repeats first, then what is next in the outbox. What of it was of QoS 0, and so is done with. */
std::vector<Session::Tokens> Session::publish_waiting() {
  std::vector<Tokens> done;
  size_t bytes = repeat_waiting();
  if (exchanges_->repeats()) return done;
  while (bytes < portion_bytes) {
    const Operation* next = outbox_.front();
    if (next == nullptr || next->kind != Operation::Kind::publish ||
        !hand_to_connection(*next, false, outbox_.memory()))
      break;
    bytes += next->payload.size();
    if (!next->acknowledged()) note_done(done, next->token);
    outbox_.pop();
  }
  return done;
}

/** Whether something would go out if less were waiting in the connection, or more were handed to it in one
 * go. */
bool Session::waits_for_room() {
  if (exchanges_->repeats()) return exchanges_->may_repeat(inflight_limit_);
  const Operation* next = outbox_.front();
  return next != nullptr && next->kind == Operation::Kind::publish &&
         (!next->acknowledged() || window_is_open());
}

bool Session::waits_for_paho() {
  const Operation* next = outbox_.front();
  return next != nullptr && next->kind != Operation::Kind::publish && !exchanges_->repeats() &&
         window_is_open();
}

/** Gives Paho the subscribes and unsubscribes that are next. Holds Paho's lock throughout, ours only to take
 * them. */
bool Session::feed() {
  {
    const std::lock_guard lock(mutex_);
    if (!is_open() || !waits_for_paho()) return false;  // Paho's lock is busy, and this the usual case
  }
  const PahoLock paho_lock;
  const Outbox::Batch batch = take_requests();
  bool refused = false;
  for (const Operation& operation : batch.operations) refused |= !hand_over(operation);
  if (refused) Engine::instance().post(shared_from_this());  // it has left a place in the window
  return !batch.operations.empty();
}

Outbox::Batch Session::take_requests() {
  Outbox::Batch batch;
  const std::lock_guard lock(mutex_);
  if (!is_open() || !connection_ || handing_over_) return batch;
  while (waits_for_paho() && exchanges_->under_way() + batch.operations.size() < inflight_limit_)
    outbox_.take(batch);
  handing_over_ = !batch.operations.empty();
  return batch;
}

/** False when Paho refuses it. */
bool Session::hand_over(const Operation& operation) {
  handed_over_ = &operation;
  last_identifier_ = 0;
  const int error = submit_to_paho(handle_, *this, operation);
  if (error == MQTTASYNC_SUCCESS) return true;
  if (last_identifier_ != 0) exchanges_->withdraw(last_identifier_);
  // That there is no connection any more is no refusal: the end of the connection is on its way, and settles
  // it.
  if (error != MQTTASYNC_DISCONNECTED) {
    events_->completed({.token = operation.token, .identifier = 0, .paho_error = error});
    events_->announce();
  }
  return false;
}

uint16_t Session::next_identifier() {
  const bool subscribes = handed_over_->kind == Operation::Kind::subscribe;
  last_identifier_ = exchanges_->begin(subscribes ? wire::PacketType::suback : wire::PacketType::unsuback,
                                       handed_over_->token);
  return last_identifier_;
}

void Session::on_processed() {
  {
    const std::lock_guard lock(mutex_);
    handing_over_ = false;
  }
  pump();
}

}  // namespace mqtt_native::paho
