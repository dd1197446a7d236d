// The session's calls on the JavaScript thread, and the ends of connections.

#include "session/session.hpp"

namespace mqtt_native::session {

Session::Session(const SessionServices& services, std::shared_ptr<Events> events,
                 std::shared_ptr<LoopDelivery> delivery, const QueueOptions& queue,
                 std::shared_ptr<mqtt::InflightTable> inflight)
    : services_(services),
      trace_(services.host.trace()),
      events_(std::move(events)),
      delivery_(std::move(delivery)),
      inflight_(std::move(inflight)),
      keeps_operations_(queue.keeps_operations),
      queue_(queue, inflight_, trace_, [this] { post(); }) {
  services_.host.add(*this);
}

Session::~Session() {
  services_.host.remove(*this);
}

void Session::connect(ConnectRequest request) {
  if (auto failure = services_.control_planes.start())
    return events_->connect_failed({std::move(*failure), 0, {}});
  const auto cancel = std::make_shared<net::CancellationToken>();
  const net::Target target = request.target;
  const base::TimePoint deadline = request.deadline;
  {
    const std::lock_guard lock(mutex_);
    state_ = State::dialing;
    request_ = std::move(request);
    dial_ = cancel;
  }
  net::dial_in_background(target, deadline, cancel, [self = shared_from_this()](net::DialResult result) {
    self->on_dialed(std::move(result));
  });
}

void Session::on_dialed(net::DialResult result) {
  std::optional<base::Failure> failure;
  {
    const std::lock_guard lock(mutex_);
    if (disposed_) return;
    if (auto* dial_failure = std::get_if<base::Failure>(&result)) failure = std::move(*dial_failure);
    if (abort_reason_) failure = abort_reason_;
    if (!failure) {
      state_ = State::connecting;
      stream_ = std::move(std::get<std::unique_ptr<net::Stream>>(result));
    }
  }
  if (failure)
    fail_connect({std::move(*failure), 0, {}});
  else
    post();
}

void Session::disconnect(mqtt::Bytes packet) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::connected) return;
    state_ = State::disconnecting;
    disconnect_packet_ = std::move(packet);
    queue_.close();
  }
  post();
}

void Session::acknowledge(uint16_t connection, mqtt::BytesView packets) {
  std::shared_ptr<mqtt::Connection> open;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::connected || !connection_ || connection_->number() != connection) return;
    open = connection_;
  }
  open->acknowledge(packets);
}

void Session::authenticate(const mqtt::Bytes& packet) {
  if (const auto open = connection()) open->authenticate(packet);
}

void Session::abort(base::Failure failure, uint8_t reason_code) {
  std::shared_ptr<mqtt::Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::idle) return;
    connection = connection_;
    if (!connection) {
      abort_reason_ = std::move(failure);
      return dial_->cancel();
    }
  }
  connection->abort(std::move(failure), reason_code);
}

void Session::drop() {
  const std::lock_guard lock(mutex_);
  queue_.drop();
  if (!attempt_.outlives) inflight_->forget();
}

void Session::dispose() {
  {
    const std::lock_guard lock(mutex_);
    disposed_ = true;
    if (dial_) dial_->cancel();
  }
  queue_.detach();
  post();
}

bool Session::read() {
  const auto open = connection();
  if (!open) return false;
  if (!open->try_read()) {
    delivery_->pause();
    services_.host.wake();
  }
  if (queue_.claim_answered()) post();
  return open->writer().owes_replies();
}

void Session::flush_replies() {
  if (const auto open = connection()) open->writer().flush_replies();
}

std::shared_ptr<mqtt::Connection> Session::connection() {
  const std::lock_guard lock(mutex_);
  return connection_;
}

std::shared_ptr<ControlPlane> Session::control_plane() {
  const std::lock_guard lock(mutex_);
  return control_plane_;
}

// ---- ends ----

void Session::fail_connect(const mqtt::CloseReason& reason) {
  reset();
  if (!disposed_) events_->connect_failed(reason);
}

void Session::close(const mqtt::CloseReason* reason) {
  reset();
  if (!disposed_) events_->closed(reason);
}

void Session::reset() {
  const std::lock_guard lock(mutex_);
  state_ = State::idle;
  dial_.reset();
  request_.reset();
  stream_.reset();
  abort_reason_.reset();
  disconnect_packet_.reset();
  const auto ended = std::exchange(connection_, nullptr);
  if (control_plane_) {
    ended_.push_back(std::exchange(control_plane_, nullptr));
    post();
  }
  queue_.detach();
  inflight_->on_connection_end(ended ? ended->writer().abandon() : 0);
}

/** Closes the connection. No thread reads once this returns, so no event can follow the last one. */
void Session::close_connection(mqtt::Connection& connection) {
  {
    const auto reader = connection.reader();
    connection.close();
    if (delivery_) delivery_->stop();
  }
  services_.host.wake();
}

}  // namespace mqtt_native::session
