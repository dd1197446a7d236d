// How a session's operations come to the broker: publishes past Paho, as many as may go out now, the rest
// when they may; subscribes and unsubscribes through Paho, on its send thread.

#include <utility>

#include "paho/callbacks.hpp"
#include "paho/engine.hpp"
#include "paho/packet_trace.hpp"
#include "paho/session.hpp"

namespace mqtt_native::paho {

namespace {

/** Written in one go. More waits for a later one, so that no thread is kept from what else it has to do. */
constexpr size_t portion_bytes = 512 * 1024;

}  // namespace

void Session::note_written(std::vector<Tokens>& written, uint32_t token) {
  if (!written.empty() && written.back().first + written.back().count == token)
    written.back().count++;
  else
    written.push_back({token, 1});
}

/** Writes a publish to the connection: see there for what else it takes. False: not now. */
bool Session::write(const Operation& operation, bool may_write, const net::SharedBytes& memory) {
  if (operation.acknowledged() && !window_is_open()) return false;
  const std::string_view topic = operation.topics.substr(0, operation.topics.size() - 1);
  const wire::OutgoingPublish publish{topic, operation.properties, operation.payload, operation.retain,
                                      operation.qos};
  const auto identifier = connection_->publish(publish, operation.token, may_write, memory);
  if (!identifier) return false;
  trace_publish_sent(*identifier, publish);
  return wrote_ = true;
}

void Session::pump() {
  std::shared_ptr<wire::Connection> connection;
  std::vector<Tokens> written;
  bool goes_on = false;
  {
    const std::lock_guard lock(mutex_);
    if (!is_open() || !connection_ || handing_over_) return;
    written = write_waiting();
    goes_on = is_not_stuck();
    if (std::exchange(wrote_, false)) connection = connection_;
  }
  if (connection) connection->flush();
  for (const auto& [first, count] : written)
    events_->completed({.token = first, .count = count, .identifier = 0});
  if (!written.empty()) events_->announce();
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
  while (bytes < portion_bytes && window_is_open()) {
    const size_t repeated = connection_->repeat();
    if (repeated == 0) break;
    bytes += repeated;
    wrote_ = true;
  }
  return bytes;
}

/** Repeats first, then what is next in the outbox. What it wrote at QoS 0, which is done with that. */
std::vector<Session::Tokens> Session::write_waiting() {
  std::vector<Tokens> written;
  size_t bytes = repeat_waiting();
  if (exchanges_->repeats()) return written;
  while (bytes < portion_bytes) {
    const Operation* next = outbox_.front();
    if (next == nullptr || next->kind != Operation::Kind::publish || !write(*next, false, outbox_.memory()))
      break;
    bytes += next->payload.size();
    if (!next->acknowledged()) note_written(written, next->token);
    outbox_.pop();
  }
  return written;
}

/** Whether something would go out if less were waiting in the connection, or more could be written in one go.
 */
bool Session::waits_for_room() {
  if (exchanges_->repeats()) return window_is_open();
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
