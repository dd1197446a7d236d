#include "mqtt/connection.hpp"

#include "net/known_protocol.hpp"

namespace mqtt_native::mqtt {

Connection::Connection(ConnectionOptions options)
    : stream_(std::move(options.stream)),
      listener_(std::move(options.listener)),
      limits_(options.limits),
      requested_keepalive_(options.keepalive),
      topic_aliases_(options.topic_aliases),
      number_(options.number),
      deadline_(options.connack_deadline),
      inflight_(std::move(options.inflight)),
      handler_(limits_, *inflight_, std::move(options.received_qos2_ids), std::move(options.defers)),
      writer_(*stream_, limits_.protocol, closing_, keepalive_, inflight_, options.traffic, *listener_),
      reader_({.maximum_packet_size = options.maximum_packet_size,
               .paused = std::move(options.paused),
               .traffic = std::move(options.traffic),
               .connection = number_},
              *stream_, handler_, writer_, closing_, *listener_, *this) {
  handler_.keep_aliases(options.keeps_aliases);
}

bool Connection::try_read() {
  const Reader reader(reader_mutex_, std::try_to_lock);
  return !reader || reader_.read_low_traffic();
}

void Connection::resume() {
  deadline_ = base::never;
  reader_.resume();
  writer_.open(read_connack(connack(), limits_.protocol), topic_aliases_);
}

// ---- readiness and time ----

void Connection::on_ready(bool readable, bool writable, bool hung_up) {
  reader_.on_ready(readable, hung_up);
  if (writable) writer_.on_writable();
}

void Connection::tick(base::TimePoint now) {
  if (!closing_.is_open()) return;
  if (now >= deadline_) {
    deadline_ = base::never;
    return end({{"TIMEOUT", "Timed out while waiting for CONNACK"}, 0, {}});
  }
  switch (keepalive_.check(now, writer_.backlog() > 0, reader_.listens())) {
    case Keepalive::Action::none:
      break;
    case Keepalive::Action::ping:
      writer_.send(std::array{std::byte{0xC0}, std::byte{0x00}});
      break;
    case Keepalive::Action::give_up:
      // The answer may be unread: this thread, or the whole process, may have been suspended.
      reader_.on_ready(true, false);
      reader_.read();
      if (!keepalive_.waiting()) break;
      end({{"CONNECTION_LOST", "The broker did not answer within the keepalive interval"},
           keep_alive_timeout,
           {}});
      break;
  }
}

base::TimePoint Connection::due() const {
  if (closing_.is_over()) return base::never;
  return std::min(deadline_, keepalive_.due());
}

void Connection::on_received() {
  keepalive_.received(base::Clock::now());
}

void Connection::on_connack() {
  const Connack connack = read_connack(handler_.connack(), limits_.protocol);
  const auto interval =
      connack.server_keep_alive ? std::chrono::seconds(*connack.server_keep_alive) : requested_keepalive_;
  keepalive_.start(interval, base::Clock::now());
  connected_ = connack.reason_code == 0;
}

void Connection::acknowledge(BytesView packets) {
  FixedHeader header{};
  for (BytesView rest = packets; parse_fixed_header(rest, header) == HeaderState::complete &&
                                 header.packet_size() <= rest.size() && header.body_size >= 2;
       rest = rest.subspan(header.packet_size())) {
    const bool has_code = header.body_size > 2;
    const uint8_t code = has_code ? byte_at(rest, header.header_size + 2) : 0;
    handler_.on_acknowledged(header.type, uint16_at(rest, header.header_size), code);
  }
  writer_.send(packets);
}

void Connection::authenticate(BytesView packet) {
  constexpr uint8_t re_authenticate = 0x19;
  FixedHeader header{};
  if (parse_fixed_header(packet, header) != HeaderState::complete) return;
  if (read_reason_code(packet, header) == re_authenticate) handler_.begin_authentication();
  writer_.send(packet);
}

// ---- ends ----

void Connection::fail(const ProtocolError& error) {
  send_disconnect(error.reason_code);
  end({{"PROTOCOL_ERROR", answer_of_other_protocol().value_or(error.text)}, error.reason_code, {}});
}

/** Describes a port with another protocol, if the first bytes look like that. */
std::optional<std::string> Connection::answer_of_other_protocol() const {
  if (!connack().empty()) return std::nullopt;
  const std::string_view protocol = net::known_protocol(reader_.pending());
  if (protocol == "TLS") return "The port speaks TLS, but was connected to without TLS";
  const auto line = net::first_line(reader_.pending());
  if (protocol == "HTTP") return "The port speaks HTTP, not MQTT" + (line ? ": it answered " + *line : "");
  if (!line) return std::nullopt;
  return "The port does not speak MQTT: it answered " + *line;
}

void Connection::abort(base::Failure failure, uint8_t reason_code) {
  if (reason_code != 0) send_disconnect(reason_code);
  end({std::move(failure), reason_code, {}});
}

/** Sends a DISCONNECT, before CONNACK only if the client authenticates ([MQTT-3.1.2-30]). */
void Connection::send_disconnect(uint8_t reason_code) {
  if (limits_.protocol == Protocol::v5 && (connected_ || limits_.authentication))
    writer_.send_disconnect(reason_code);
}

/**
 * Ends the connection after its stream broke. Before CONNACK the code is that of the cause, and the text says
 * so, because the port may be wrong. Afterwards all causes have the same code, except a protocol error of a
 * lower layer.
 */
void Connection::end_broken(base::Failure failure) {
  if (!connected_)
    failure.text += " (before CONNACK)";
  else if (failure.code != "PROTOCOL_ERROR")
    failure.code = "CONNECTION_LOST";
  end({std::move(failure), 0, {}});
}

void Connection::end(CloseReason reason) {
  if (closing_.end(std::move(reason))) listener_->on_end();
}

bool Connection::drains(base::TimePoint now) {
  const auto unsent = writer_.finish();
  return unsent && closing_.lingers(*unsent, now) && !reader_.peer_has_closed();
}

void Connection::release() {
  writer_.close();
  stream_.reset();
  listener_->on_drained(this);
}

}  // namespace mqtt_native::mqtt
