// The session's work on the send thread: it opens and closes connections and submits requests.

#include <utility>

#include "session/session.hpp"

namespace mqtt_native::session {

namespace {

/** Event records have 15 bits for the number of a connection. */
uint16_t next_connection_number(uint16_t& last) {
  constexpr uint16_t mask = 0x7FFF;
  last = static_cast<uint16_t>((last + 1) & mask);
  return last;
}

}  // namespace

void Session::run_posted() {
  PendingWork work = take_work();
  for (const auto& control_plane : work.ended) control_plane->destroy();
  if (work.disposed) return;
  if (work.stream) return open(std::move(work.stream), std::move(*work.request));
  const auto open = connection();
  if (open && open->writer().is_flush_wanted()) open->writer().flush();
  send_queued();
  submit_requests();
  const auto control = control_plane();
  if (control && work.disconnect_packet) control->disconnect(std::move(*work.disconnect_packet));
}

Session::PendingWork Session::take_work() {
  const bool disposed = disposed_;
  if (disposed) end_disposed();
  const std::lock_guard lock(mutex_);
  PendingWork work{.disposed = disposed, .ended = std::move(ended_), .stream = std::move(stream_)};
  ended_.clear();
  if (work.stream) work.request = std::exchange(request_, std::nullopt);
  work.disconnect_packet = std::exchange(disconnect_packet_, std::nullopt);
  return work;
}

/** The connection ends without a DISCONNECT, as if the process had died. */
void Session::end_disposed() {
  if (const auto open = connection()) close_connection(*open);
  reset();
}

void Session::open(std::unique_ptr<net::Stream> stream, ConnectRequest request) {
  auto failure = connect_over(std::move(stream), request);
  if (failure) return fail_connect({std::move(*failure), 0, {}});
  const auto open = connection();
  services_.host.serve(open, delivery_);
  failure = control_plane()->connect(std::move(request.connect_packet));
  if (!failure) return;
  close_connection(*open);
  fail_connect({std::move(*failure), 0, {}});
}

/**
 * Creates the connection and its control plane. Returns a failure if the attempt has been aborted meanwhile.
 */
std::optional<base::Failure> Session::connect_over(std::unique_ptr<net::Stream> stream,
                                                   ConnectRequest& request) {
  const std::lock_guard lock(mutex_);
  if (abort_reason_) return abort_reason_;
  prepare_state(request);
  control_plane_ = services_.control_planes.create(weak_from_this(), request.protocol);
  connection_ = std::make_shared<mqtt::Connection>(make_options(std::move(stream), request));
  return std::nullopt;
}

/** Uses the old session state or a new one. The old one stays until the broker accepts the connection. */
void Session::prepare_state(const ConnectRequest& request) {
  using Keeps = mqtt::InflightTable::Keeps;
  const bool is_v5 = request.protocol == mqtt::Protocol::v5;
  attempt_ = {.protocol = request.protocol,
              .resumes = !request.clean && protocol_ == request.protocol,
              .outlives = is_v5 ? request.session_expiry > 0 : !request.clean,
              .inflight_limit = request.inflight_limit,
              .one_by_one = request.one_by_one};
  attempt_.received_qos2_ids =
      attempt_.resumes ? received_qos2_ids_ : std::make_shared<mqtt::ReceivedQos2Ids>();
  const Keeps keeps = attempt_.outlives ? Keeps::publishes : Keeps::nothing;
  inflight_->keep(keeps_operations_ ? Keeps::calls : keeps);
}

mqtt::ConnectionOptions Session::make_options(std::unique_ptr<net::Stream> stream,
                                              const ConnectRequest& request) {
  return {.stream = std::move(stream),
          .limits = mqtt::read_client_limits(request.connect_packet, request.protocol),
          .keepalive = request.keepalive,
          .maximum_packet_size = request.maximum_packet_size,
          .topic_aliases = request.topic_aliases,
          .connack_deadline = request.deadline,
          .paused = events_->paused(),
          .traffic = traffic_,
          .inflight = inflight_,
          .received_qos2_ids = attempt_.received_qos2_ids,
          .defers = defers_,
          .keeps_aliases = reports_releases_,
          .number = next_connection_number(connections_),
          .listener = shared_from_this()};
}

void Session::submit_requests() {
  const auto control = control_plane();
  const auto [batch, identifiers] = queue_.take_requests();
  if (!control) return;
  std::vector<Completion> refused;
  for (size_t index = 0; index < identifiers.size(); index++) {
    const Operation& operation = batch.operations[index];
    const int error = control->request(operation, identifiers[index]);
    if (error == 0) continue;
    inflight_->cancel(identifiers[index]);
    queue_.on_refused(operation.token);
    refused.push_back({.token = operation.token, .identifier = 0, .refusal = error});
  }
  report(refused);
}

void Session::send_queued() {
  report(queue_.send());
}

void Session::report(const std::vector<Completion>& completions) {
  if (completions.empty() || disposed_) return;
  for (const Completion& completion : completions) events_->completed(completion);
  events_->notify();
}

}  // namespace mqtt_native::session
