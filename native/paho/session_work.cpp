// What a session does on Paho's send thread: connecting and disconnecting.

#include <algorithm>
#include <string>
#include <utility>

#include "paho/callbacks.hpp"
#include "paho/engine.hpp"
#include "paho/packet_trace.hpp"
#include "paho/session.hpp"

namespace mqtt_native::paho {

bool Session::work() {
  Wanted wanted = take_wanted();
  if (wanted.disposed) {
    destroy_handle();
    return false;
  }
  if (wanted.stream) {
    open(std::move(wanted.stream), std::move(*wanted.request));
    return true;
  }
  flush_where_wanted();
  pump();
  const bool fed = feed();
  if (wanted.goodbye) say_goodbye(std::move(*wanted.goodbye));
  return fed || wanted.goodbye;
}

void Session::flush_where_wanted() {
  const auto open = connection();
  if (open && open->is_flush_wanted()) open->flush();
}

Session::Wanted Session::take_wanted() {
  const std::lock_guard lock(mutex_);
  Wanted wanted{.disposed = disposed_, .stream = std::move(stream_)};
  if (wanted.stream) wanted.request = std::exchange(request_, std::nullopt);
  wanted.goodbye = std::exchange(goodbye_, std::nullopt);
  return wanted;
}

void Session::open(std::unique_ptr<net::Stream> stream, ConnectRequest request) {
  if (auto given_up = connect_over(std::move(stream), request))
    return fail_connect({std::move(*given_up), 0, {}});
  prepare_handle(request);
  if (const int error = start_paho(request); error != MQTTASYNC_SUCCESS)
    fail_connect({{"PAHO_ERROR", "Paho cannot connect (" + std::to_string(error) + ")"}, 0, {}});
}

/**
 * Makes the connection of a dialed stream, unless the attempt has been given up meanwhile: then it says why.
 */
std::optional<net::Failure> Session::connect_over(std::unique_ptr<net::Stream> stream,
                                                  ConnectRequest& request) {
  const std::lock_guard lock(mutex_);
  if (given_up_) return given_up_;
  inflight_limit_ = request.inflight_limit;
  if (request.clean) exchanges_->forget();
  exchanges_->keep_publishes(request.protocol == wire::Protocol::v5 ? request.session_expiry > 0
                                                                    : !request.clean);
  if (!resumes(request)) received_qos2_ids_ = std::make_shared<wire::ReceivedQos2Ids>();
  connection_ = std::make_shared<wire::Connection>(wire::ConnectionOptions{
      .stream = std::move(stream),
      .protocol = request.protocol,
      .connect_packet = std::move(request.connect_packet),
      .keepalive = request.keepalive,
      .maximum_packet_size = request.maximum_packet_size,
      .topic_aliases = request.topic_aliases,
      .connack_deadline = request.deadline,
      .congested = events_->congested(),
      .traffic = traffic_,
      .exchanges = exchanges_,
      .received_qos2_ids = received_qos2_ids_,
      .authentication =
          [self = weak_from_this()](wire::BytesView packet) {
            if (const auto session = self.lock()) session->on_authentication(packet);
          },
      .message =
          [events = events_](const Message& message) {
            trace_publish_received(message);
            events->message(message);
          },
      .settled =
          [self = weak_from_this()](const wire::Exchanges::Settled& settled, wire::BytesView answer) {
            if (const auto session = self.lock()) session->on_settled(settled, answer);
          },
      .deviation =
          [self = weak_from_this()](wire::Deviation deviation) {
            if (const auto session = self.lock()) session->on_deviation(deviation);
          },
      .announce =
          [self = weak_from_this()](bool more) {
            if (const auto session = self.lock()) session->on_read(more);
          },
      .little = [events = events_](int descriptor) { return events->little(descriptor); },
      .room =
          [self = weak_from_this()] {
            if (auto session = self.lock()) Engine::instance().post(std::move(session));
          },
      .unblocked = [] { Engine::instance().sockets().wake(); },
      .drained =
          [self = weak_from_this()](const wire::Connection* connection) {
            if (const auto session = self.lock()) session->on_drained(connection);
          }});
  return std::nullopt;
}

bool Session::resumes(const ConnectRequest& request) const {
  return handle_ != nullptr && !request.clean && request.protocol == handle_protocol_;
}

/** A resumed session goes on in its handle; any other one gets one without a past. */
void Session::prepare_handle(const ConnectRequest& request) {
  if (resumes(request)) {
    // What was queued when the last connection ended has been reported as lost: it must not be sent now.
    forget_commands();
    return;
  }
  destroy_handle();
  handle_protocol_ = request.protocol;
  create_handle(handle_, *this, request.protocol);
}

int Session::start_paho(const ConnectRequest& request) {
  const PahoLock lock;
  return start_connect(handle_, *this, request);
}

std::shared_ptr<wire::Connection> Session::connection() {
  const std::lock_guard lock(mutex_);
  return connection_;
}

void Session::say_goodbye(wire::Bytes packet) {
  {
    const std::lock_guard lock(mutex_);
    if (!connection_) return;  // it was lost meanwhile
    connection_->say_goodbye(std::move(packet));
  }
  const PahoLock lock;
  MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
  options.timeout = 0;  // Paho's own waiting for what is in flight does not work (MQTTAsyncUtils.c:1681)
  MQTTAsync_disconnect(handle_, &options);
}

void Session::destroy_handle() {
  if (handle_ == nullptr) return;
  forget_commands();  // Paho before 1.3.14 loses the memory of what it still has queued
  MQTTAsync_destroy(&handle_);
}

/** Empties Paho's queue of what it has not begun with for this client. */
void Session::forget_commands() {
  const PahoLock lock;
  pthread_mutex_lock(mqttcommand_mutex);
  MQTTAsync_freeCommands(static_cast<MQTTAsync_struct*>(handle_));
  pthread_mutex_unlock(mqttcommand_mutex);
}

}  // namespace mqtt_native::paho
