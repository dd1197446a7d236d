// What a session is asked for, and how its connections end. The send thread's part is in session_work.cpp and
// session_feed.cpp.

#include "paho/session.hpp"

#include <utility>

#include "paho/engine.hpp"
#include "paho/packet_trace.hpp"

namespace mqtt_native::paho {

namespace {

/** The send thread is notified after this many large operations: a long burst begins to leave before its
 * end. */
constexpr size_t appends_per_notice = 8;
constexpr size_t large_payload = 32 * 1024;

}  // namespace

Session::Session(std::shared_ptr<Events> events, std::shared_ptr<wire::Exchanges> exchanges)
    : id_(Engine::instance().add(this)), events_(std::move(events)), exchanges_(std::move(exchanges)) {}

Session::~Session() {
  Engine::instance().remove(id_);
}

// ---- what the JavaScript thread asks for ----

void Session::connect(ConnectRequest request) {
  if (id_ == 0) return events_->connect_failed({{"EMFILE", "Too many clients in this process"}, 0, {}});
  if (auto failure = Engine::instance().start()) return events_->connect_failed({std::move(*failure), 0, {}});
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
  if (state_ != State::connected) return;  // `closed` is on its way and settles it
  const bool is_publish = operation.kind == Operation::Kind::publish;
  next_token_ = operation.token + 1;
  if (is_publish && operation.qos > 0 && nothing_waits() && publish_directly(operation)) return;
  outbox_.append(operation);
  const bool is_large = operation.payload.size() >= large_payload;
  if (is_large && outbox_.size() % appends_per_notice == 0 && is_not_stuck())
    Engine::instance().post(shared_from_this());
}

bool Session::publish_now(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  return state_ == State::connected && nothing_waits() && publish_directly(operation);
}

/**
 * Past the outbox. What the connection gathers leaves with this thread's flush as long as that is little. Of
 * many bytes this thread only writes the first, at once, if they are large; the others the send thread
 * flushes while more are gathered.
 */
bool Session::publish_directly(const Operation& operation) {
  if (!hand_to_connection(operation, !unflushed_)) return false;
  if (connection_->wants_flush()) Engine::instance().post(shared_from_this());
  return true;
}

void Session::flush() {
  std::shared_ptr<wire::Connection> connection;
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(unflushed_, false)) connection = connection_;
    waits = !outbox_.empty();
  }
  if (connection && !connection->is_flush_wanted()) connection->flush();
  if (waits) leave_waiting();
}

bool Session::withdraw(uint32_t token) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::idle) return static_cast<int32_t>(token - unsent_from_) >= 0;
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
  if (const auto open = connection()) open->authenticate(packet);
}

void Session::abort(net::Failure failure, uint8_t reason_code) {
  std::shared_ptr<wire::Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::idle) return;
    connection = connection_;
    if (!connection) {
      given_up_ = std::move(failure);
      return dial_->request();
    }
  }
  connection->abort(std::move(failure), reason_code);
  Engine::instance().sockets().wake();
}

wire::Replies Session::read() {
  const auto open = connection();
  if (open && open->read_little()) Engine::instance().sockets().wake();
  if (way_is_free_.exchange(false)) Engine::instance().post(shared_from_this());
  return open ? open->replies() : wire::Replies::none;
}

void Session::flush_replies() {
  if (const auto open = connection()) open->flush_replies();
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
  return exchanges_->under_way();
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

// ---- what Paho reports, its lock held ----

void Session::on_connected() {
  wire::Bytes packet;
  {
    const std::lock_guard lock(mutex_);
    if (!connection_ || disposed_) return;
    packet = connection_->connack();
    const wire::Connack connack = wire::read_connack(packet, handle_protocol_);
    inflight_limit_ = std::min<size_t>(inflight_limit_, connack.receive_maximum);
    if (handle_protocol_ != wire::Protocol::v31 && !connack.session_present) exchanges_->forget();
    connection_->established();
    state_ = State::connected;
  }
  pump();  // first of all, what an earlier connection left unacknowledged
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

void Session::on_message(const Message& message) {
  if (disposed_) return;
  events_->message(message);
  events_->announce();
}

void Session::on_settled(const wire::Exchanges::Settled& settled, wire::BytesView answer) {
  if (disposed_) return;
  {
    const std::lock_guard lock(mutex_);
    if (!nothing_waits()) way_is_free_ = true;
  }
  trace_acknowledged(settled.identifier, answer);
  if (!settled.token) return;
  // Fixed header and packet identifier: it says no more than "done".
  constexpr size_t bare_acknowledgement = 4;
  if (answer.size() <= bare_acknowledgement) answer = {};
  events_->completed({.token = *settled.token, .identifier = settled.identifier, .answer = answer});
}

/** Reports each once in the life of the client: a broker does again and again what it does. */
void Session::on_deviation(wire::Deviation deviation) {
  const uint32_t bit = 1U << static_cast<unsigned>(deviation);
  if (disposed_ || (deviations_.fetch_or(bit) & bit) != 0) return;
  events_->deviation(deviation);
}

/** What one read of the receive thread brought has been reported. `more`: another follows at once. */
void Session::on_read(bool more) {
  if (!more) events_->announce();
  if (way_is_free_.exchange(false)) pump();
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
  const Operation* waiting = outbox_.front();
  unsent_from_ = waiting != nullptr ? waiting->token : next_token_;
  outbox_.clear();
  exchanges_->on_connection_end();
  handing_over_ = unflushed_ = false;
}

}  // namespace mqtt_native::paho
