#include "paho/session.hpp"

#include <algorithm>

#include "paho/callbacks.hpp"
#include "paho/engine.hpp"

namespace mqtt_native::paho {

namespace {

/** Operations given to Paho at once: enough to share a write, few enough to keep Paho's lists short. */
constexpr size_t batch_size = 256;
constexpr size_t batch_bytes = 256 * 1024;
/** More than this inside Paho makes it slower, not faster: its lists are scanned from end to end. */
constexpr size_t largest_window = 256;
/** Nothing more is given to Paho while this much has not left. */
constexpr size_t backlog_limit = 512 * 1024;

}  // namespace

Session::Session(std::shared_ptr<Events> events)
    : id_(Engine::instance().add(this)), events_(std::move(events)) {}

Session::~Session() {
  Engine::instance().remove(id_);
}

// ---- what the JavaScript thread asks for ----

void Session::connect(ConnectRequest request) {
  if (id_ == 0 || !Engine::instance().sockets().usable())
    return events_->connect_failed({{"EMFILE", "Too many clients or open files in this process"}, 0, {}});
  const auto cancel = std::make_shared<net::Cancel>();
  const net::Target target = request.target;
  const net::TimePoint deadline = request.deadline;
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

void Session::submit(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::connected)
    outbox_.append(operation);  // otherwise `closed` is on its way and settles it
}

bool Session::publish_now(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  if (state_ != State::connected || handing_over_ || !outbox_.empty()) return false;
  const std::string_view topic = operation.topics.substr(0, operation.topics.size() - 1);
  const bool written =
      connection_->publish({topic, operation.properties, operation.payload, operation.retain});
  wrote_ |= written;
  return written;
}

void Session::flush() {
  std::shared_ptr<wire::Connection> connection;
  bool submitted = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(wrote_, false)) connection = connection_;
    submitted = !outbox_.empty();
  }
  if (connection) connection->flush();
  if (submitted) Engine::instance().post(shared_from_this());
}

bool Session::withdraw(uint32_t token) {
  {
    const std::lock_guard lock(mutex_);
    const Operation* first = outbox_.front();
    const bool was_first = first != nullptr && first->token == token;
    if (!outbox_.withdraw(token)) return false;
    if (!was_first || outbox_.empty()) return true;
  }
  Engine::instance().post(shared_from_this());  // what it kept waiting may be able to go
  return true;
}

void Session::disconnect(wire::Bytes packet) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::connected) return;
    state_ = State::disconnecting;
    goodbye_ = std::move(packet);
  }
  Engine::instance().post(shared_from_this());
}

void Session::authenticate(const wire::Bytes& packet) {
  const std::lock_guard lock(mutex_);
  if (connection_) connection_->authenticate(packet);
}

void Session::abort(net::Failure failure, uint8_t reason_code) {
  const std::lock_guard lock(mutex_);
  if (state_ == State::idle) return;
  if (connection_) {
    connection_->abort(std::move(failure), reason_code);
    Engine::instance().sockets().wake();
  } else {
    given_up_ = std::move(failure);
    dial_->request();
  }
}

void Session::dispose() {
  {
    const std::lock_guard lock(mutex_);
    disposed_ = true;
    outbox_.clear();
    if (dial_) dial_->request();
  }
  Engine::instance().post(shared_from_this());
}

size_t Session::queued() {
  const std::lock_guard lock(mutex_);
  return outbox_.size();
}

size_t Session::in_flight() {
  const std::lock_guard lock(mutex_);
  return in_flight_.unacknowledged();
}

void Session::on_dialed(net::DialResult result) {
  std::optional<net::Failure> failure;
  {
    const std::lock_guard lock(mutex_);
    if (disposed_) return;
    if (auto* dial_failure = std::get_if<net::Failure>(&result)) failure = std::move(*dial_failure);
    if (given_up_) failure = given_up_;
    if (!failure) {
      state_ = State::connecting;
      stream_ = std::move(std::get<std::unique_ptr<net::Stream>>(result));
    }
  }
  if (failure)
    fail_connect({std::move(*failure), 0, {}});
  else
    Engine::instance().post(shared_from_this());
}

// ---- the send thread ----

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
  const bool fed = feed();
  if (wanted.goodbye) say_goodbye(std::move(*wanted.goodbye));
  return fed || wanted.goodbye;
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
  inflight_limit_ = std::min(request.inflight_limit, largest_window);
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
      .authentication =
          [self = weak_from_this()](wire::BytesView packet) {
            if (const auto session = self.lock()) session->on_authentication(packet);
          },
      .message =
          [events = events_](const wire::IncomingPublish& publish) {
            events->message({publish.topic, publish.payload, nullptr, publish.properties, publish.identifier,
                             publish.qos, publish.retain, publish.duplicate});
          },
      .drained =
          [self = weak_from_this()](const wire::Connection* connection) {
            if (const auto session = self.lock()) session->on_drained(connection);
          }});
  return std::nullopt;
}

/** A resumed session goes on in the handle that has its state; any other one gets a handle without a past. */
void Session::prepare_handle(const ConnectRequest& request) {
  if (handle_ != nullptr && !request.clean && request.protocol == handle_protocol_) {
    // What was queued when the last connection ended has been reported as lost: it must not be sent now.
    forget_commands();
    knows_identifiers_ = false;
    return;
  }
  destroy_handle();
  identifiers_.clear();
  knows_identifiers_ = true;
  handle_protocol_ = request.protocol;
  create_handle(handle_, *this, request.protocol);
}

int Session::start_paho(const ConnectRequest& request) {
  const PahoLock lock;
  return start_connect(handle_, *this, request);
}

std::shared_ptr<wire::Connection> Session::take_connection() {
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
  forget_commands();  // Paho before 1.3.14 loses the memory of publishes that it still has queued
  MQTTAsync_destroy(&handle_);
}

/** Empties Paho's queue of what it has not begun with for this client. */
void Session::forget_commands() {
  const PahoLock lock;
  pthread_mutex_lock(mqttcommand_mutex);
  MQTTAsync_freeCommands(static_cast<MQTTAsync_struct*>(handle_));
  pthread_mutex_unlock(mqttcommand_mutex);
}

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

// ---- what Paho reports, its lock held ----

void Session::on_connected() {
  wire::Bytes packet;
  {
    const std::lock_guard lock(mutex_);
    if (!connection_ || disposed_) return;
    packet = connection_->connack();
    const wire::Connack connack = wire::read_connack(packet, handle_protocol_);
    inflight_limit_ = std::min<size_t>(inflight_limit_, connack.receive_maximum);
    connection_->established();
    repeated_ = connection_->unacknowledged();
    state_ = State::connected;
  }
  events_->connected(packet);
}

void Session::on_connect_failed() {
  wire::Ending ending;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::connecting || !connection_) return;
    ending = connection_->ending();
    const wire::Bytes& connack = connection_->connack();
    if (!connack.empty() && wire::read_connack(connack, handle_protocol_).reason_code != 0)
      ending = {{"CONNECTION_REFUSED", "The broker refused the connection"}, 0, connack};
  }
  fail_connect(ending);
}

void Session::on_lost() {
  wire::Ending ending;
  {
    const std::lock_guard lock(mutex_);
    if ((state_ != State::connected && state_ != State::disconnecting) || !connection_) return;
    ending = connection_->ending();
  }
  close(&ending);
}

void Session::on_drained(const wire::Connection* connection) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::disconnecting || connection_.get() != connection) return;
  }
  close(nullptr);
}

void Session::on_authentication(wire::BytesView packet) {
  if (!disposed_) events_->authentication(packet);
}

void Session::on_message(Message message) {
  if (!disposed_) events_->message(std::move(message));
}

void Session::on_answered(uint32_t ticket) {
  std::optional<InFlight::Entry> entry;
  wire::BytesView answer;
  {
    const std::lock_guard lock(mutex_);
    entry = in_flight_.take(ticket);
    if (entry) identifiers_.release(entry->identifier);
    if (!entry && repeated_ > 0) repeated_--;
    if (!connection_) return;
    answer = connection_->answer();
    if (!outbox_.empty()) Engine::instance().post_after_turn(shared_from_this());
    if (!entry) return;  // of an earlier connection, and settled with that
  }
  // Fixed header and packet identifier: it says no more than "done".
  constexpr size_t bare_acknowledgement = 4;
  if (answer.size() <= bare_acknowledgement) answer = {};
  events_->completed({.token = entry->token, .identifier = entry->identifier, .answer = answer});
}

// ---- endings ----

void Session::fail_connect(const wire::Ending& ending) {
  {
    const std::lock_guard lock(mutex_);
    reset();
    if (disposed_) return;
  }
  events_->connect_failed(ending);
}

void Session::close(const wire::Ending* ending) {
  {
    const std::lock_guard lock(mutex_);
    reset();
    if (disposed_) return;
  }
  events_->closed(ending);
}

void Session::reset() {
  state_ = State::idle;
  dial_.reset();
  request_.reset();
  stream_.reset();
  given_up_.reset();
  goodbye_.reset();
  connection_.reset();
  outbox_.clear();
  in_flight_.clear();
  handing_over_ = wrote_ = false;
  repeated_ = 0;
  written_.clear();
}

}  // namespace mqtt_native::paho
