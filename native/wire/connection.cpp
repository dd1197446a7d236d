// A connection's life: what it is made with, the time it keeps, its ends. The others of its files are named
// after what they do.

#include "wire/connection.hpp"

#include "net/known_protocol.hpp"

namespace mqtt_native::wire {

using State = net::Transfer::State;

namespace {

/** How long a broker may take, without taking a byte, to close its side after our DISCONNECT. */
constexpr auto linger = std::chrono::seconds(1);

}  // namespace

Connection::Connection(ConnectionOptions options)
    : stream_(std::move(options.stream)),
      protocol_(options.protocol),
      maximum_packet_size_(options.maximum_packet_size),
      topic_aliases_(options.topic_aliases),
      congested_(std::move(options.congested)),
      traffic_(std::move(options.traffic)),
      authentication_(std::move(options.authentication)),
      message_(std::move(options.message)),
      settled_(std::move(options.settled)),
      deviation_(std::move(options.deviation)),
      announce_(std::move(options.announce)),
      little_(std::move(options.little)),
      room_(std::move(options.room)),
      unblocked_(std::move(options.unblocked)),
      drained_(std::move(options.drained)),
      requested_keepalive_(options.keepalive),
      deadline_(options.connack_deadline),
      outlet_(*stream_, [this](size_t bytes) { on_written(bytes); }),
      connect_packet_(std::move(options.connect_packet)),
      terms_(read_terms(connect_packet_, protocol_)),
      exchanges_(std::move(options.exchanges)),
      inspector_(terms_, *exchanges_, std::move(options.received_qos2_ids)) {}

// ---- readiness and time ----

void Connection::on_ready(bool readable, bool writable, bool hung_up) {
  stream_readable_ |= readable;
  stream_hung_up_ |= hung_up;
  if (!writable) return;
  auto lock = outlet_.lock();
  outlet_.on_writable(lock);
  leave_the_rest();
}

void Connection::tick(net::TimePoint now) {
  if (over_ || closed_) return;
  if (now >= deadline_) {
    deadline_ = net::never;
    end({{"TIMEOUT", "Timed out while waiting for CONNACK"}, 0, {}});
    return;
  }
  const bool listening = !(congested_ && congested_->load(std::memory_order_relaxed));
  switch (keepalive_.check(now, backlog() > 0, listening)) {
    case Keepalive::Action::none:
      break;
    case Keepalive::Action::ping:
      send_bytes(std::array{std::byte{0xC0}, std::byte{0x00}});
      break;
    case Keepalive::Action::give_up:
      // Its answer may lie unread: this thread, or the whole process, may have been kept from running.
      stream_readable_ = true;
      if (readable() || !keepalive_.waiting()) break;
      end({{"CONNECTION_LOST", "The broker did not answer within the keepalive interval"},
           keep_alive_timeout,
           {}});
      break;
  }
}

net::TimePoint Connection::due() const {
  if (over_) return net::never;
  return std::min(deadline_, keepalive_.due());
}

// ---- endings ----

void Connection::violate(const Violation& violation) {
  tell(violation.reason_code);
  end({{"PROTOCOL_ERROR", answer_of_other_protocol().value_or(violation.text)}, violation.reason_code, {}});
}

/** Tells of a port that speaks another protocol, if the first answer looks like that. */
std::optional<std::string> Connection::answer_of_other_protocol() const {
  if (!inspector_.connack().empty()) return std::nullopt;
  const std::string_view protocol = net::known_protocol(incoming_.bytes());
  if (protocol == "TLS") return "The port speaks TLS, but was connected to without TLS";
  const auto line = net::first_line(incoming_.bytes());
  if (protocol == "HTTP") return "The port speaks HTTP, not MQTT" + (line ? ": it answered " + *line : "");
  if (!line) return std::nullopt;
  return "The port does not speak MQTT: it answered " + *line;
}

void Connection::abort(net::Failure failure, uint8_t reason_code) {
  if (reason_code != 0) tell(reason_code);
  end({std::move(failure), reason_code, {}});
}

/** Before CONNACK a client that authenticates may send DISCONNECT ([MQTT-3.1.2-30]); others just close. */
void Connection::tell(uint8_t reason_code) {
  if (protocol_ != Protocol::v5 || (!connected_ && !terms_.authentication)) return;
  auto lock = outlet_.lock();
  if (!takes_packets()) return;
  outlet_.gather_last(std::array{std::byte{0xE0}, std::byte{0x01}, std::byte{reason_code}});
  said_why_ = true;
  flush(lock);
}

/** Before CONNACK an errno alone would not tell that it may be the wrong port. */
std::string Connection::stage() const {
  return connected_ ? "" : " (before CONNACK)";
}

/**
 * Of a stream that broke. Before there was a connection the code is the cause's own; afterwards it
 * is the same for all causes, but for a broker that breaks the rules of a layer below MQTT.
 */
void Connection::end_broken(const net::Failure& failure) {
  const bool is_lost = connected_ && failure.code != "PROTOCOL_ERROR";
  end({{is_lost ? "CONNECTION_LOST" : failure.code, failure.text + stage()}, 0, {}});
}

void Connection::end(Ending ending) {
  const std::lock_guard lock(ending_mutex_);
  if (!ending_) ending_ = std::move(ending);
  over_ = true;
}

Ending Connection::ending() {
  const std::lock_guard lock(ending_mutex_);
  return ending_.value_or(Ending{{"CONNECTION_LOST", "The connection was closed"}, 0, {}});
}

void Connection::close() {
  closed_ = true;
}

void Connection::release() {
  {
    auto lock = outlet_.lock();
    outlet_.close(lock);
  }
  stream_.reset();
  if (drained_) drained_(this);
}

/**
 * Closing a socket with unread bytes resets the connection, and a reset may overtake our DISCONNECT on its
 * way to the broker's application. So after one we finish writing, read until the broker closes, and
 * only then let go. A broker that neither takes bytes nor closes is not waited for.
 */
bool Connection::drains(net::TimePoint now) {
  {
    auto lock = outlet_.lock();
    const bool said = said_why_ || (said_goodbye_ && !over_);
    if (outlet_.failed() || !said) return false;
    outlet_.flush(lock, SIZE_MAX);
    if (outlet_.size() < unsent_) linger_until_ = now + linger;
    unsent_ = outlet_.size();
    outlet_.finish();
  }
  return now < linger_until_ && !peer_has_closed();
}

bool Connection::peer_has_closed() {
  for (int reads = 0; reads < 16 && stream_readable_; reads++) {
    std::array<std::byte, 4096> waste;
    const net::Transfer transfer = stream_->read(waste);
    if (transfer.unblocks) on_ready(false, true, false);
    if (transfer.state == State::blocked) stream_readable_ = false;
    if (transfer.state == State::drained) stream_readable_ = stream_hung_up_;
    if (transfer.state == State::ended || transfer.state == State::failed) return true;
  }
  return false;
}

}  // namespace mqtt_native::wire
