// The events of a session's control plane and connection.

#include <algorithm>
#include <utility>

#include "session/session.hpp"

namespace mqtt_native::session {

// ---- of the control plane ----

void Session::on_control_output(mqtt::BytesView packet) {
  const auto open = connection();
  if (!open) return;
  open->writer().send_control(packet);
  const auto type = static_cast<mqtt::PacketType>(mqtt::byte_at(packet, 0) >> 4);
  if (type == mqtt::PacketType::subscribe || type == mqtt::PacketType::unsubscribe)
    queue_.on_written();  // requests are flushed together
  else
    open->writer().flush();
}

void Session::on_control_connected() {
  const auto open = connection();
  if (!open || disposed_) return;
  const mqtt::Bytes& packet = open->connack();
  std::vector<Completion> lost;
  {
    const std::lock_guard lock(mutex_);
    lost = begin_session(mqtt::read_connack(packet, attempt_.protocol));
    state_ = State::connected;
  }
  report(lost);
  {
    const auto reader = open->reader();
    open->resume();
  }
  send_queued();  // first the unacknowledged publishes of an earlier connection
  events_->connected(packet);
}

/** Begins or resumes the session; MQTT 3.1 does not say which. Returns the calls that end with it. */
std::vector<Completion> Session::begin_session(const mqtt::Connack& connack) {
  const bool has_session = attempt_.protocol == mqtt::Protocol::v31 || connack.session_present;
  const bool resumes = attempt_.resumes && has_session;
  auto lost = queue_.attach({.connection = connection_,
                             .protocol = protocol_.value_or(attempt_.protocol),
                             .window = std::min<size_t>(attempt_.inflight_limit, connack.receive_maximum),
                             .resumes = resumes,
                             .one_by_one = attempt_.one_by_one});
  protocol_ = attempt_.protocol;
  received_qos2_ids_ = attempt_.received_qos2_ids;
  return lost;
}

void Session::on_control_refused() {
  mqtt::CloseReason reason;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::connecting || !connection_) return;
    reason = connection_->close_reason();
    const mqtt::Bytes& connack = connection_->connack();
    if (!connack.empty() && mqtt::read_connack(connack, attempt_.protocol).reason_code != 0)
      reason = {{"CONNECTION_REFUSED", "The broker refused the connection"}, 0, connack};
  }
  fail_connect(reason);
}

void Session::on_control_ended() {
  mqtt::CloseReason reason;
  {
    const std::lock_guard lock(mutex_);
    if ((state_ != State::connected && state_ != State::disconnecting) || !connection_) return;
    reason = connection_->close_reason();
  }
  close(&reason);
}

void Session::on_control_released() {
  if (const auto open = connection()) close_connection(*open);
}

void Session::on_control_processed() {
  queue_.on_processed();
  send_queued();
}

// ---- of the connection ----

void Session::on_control_packet(mqtt::BytesView packet) {
  if (const auto control = control_plane()) control->receive(packet);
}

void Session::on_end() {
  if (const auto control = control_plane()) control->end();
}

void Session::on_authentication(mqtt::BytesView packet) {
  if (!disposed_) events_->authentication(packet);
}

void Session::on_message(const mqtt::IncomingPublish& message) {
  trace_publish_received(trace_, message);
  events_->message(message);
}

void Session::on_answered(const mqtt::InflightTable::Completed& completed, mqtt::BytesView answer) {
  if (disposed_) return;
  queue_.on_answered(completed);
  trace_acknowledged(trace_, completed.identifier, answer);
  if (!completed.token) return;
  // The fixed header and the packet identifier say no more than "done".
  constexpr size_t bare_acknowledgement = 4;
  if (answer.size() <= bare_acknowledgement) answer = {};
  events_->completed({.token = *completed.token, .identifier = completed.identifier, .answer = answer});
}

bool Session::on_released(uint16_t identifier) {
  if (!reports_releases_ || disposed_) return false;
  const auto open = connection();
  if (open) events_->released(identifier, open->number());
  return true;
}

/** Reports each once in the life of the client: a broker repeats its faults. */
void Session::on_deviation(mqtt::Deviation deviation) {
  const uint32_t bit = 1U << static_cast<unsigned>(deviation);
  if (disposed_ || (deviations_.fetch_or(bit) & bit) != 0) return;
  events_->deviation(deviation);
}

void Session::on_batch_end(bool more) {
  if (!more) events_->notify();
  if (queue_.claim_answered()) send_queued();
}

void Session::on_low_traffic(int descriptor) {
  if (delivery_) delivery_->offer(descriptor);
}

void Session::on_writable() {
  post();
}

void Session::on_read_resumable() {
  services_.host.wake();
}

void Session::on_drained(const mqtt::Connection* connection) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::disconnecting || connection_.get() != connection) return;
  }
  close(nullptr);
}

}  // namespace mqtt_native::session
