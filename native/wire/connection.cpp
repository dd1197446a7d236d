#include "wire/connection.hpp"

#include <cerrno>
#include <cstring>

namespace mqtt_native::wire {

using State = net::Transfer::State;

namespace {

/** A packet of this size or more is written from where it lies instead of being gathered with others. */
constexpr size_t direct_write_size = 32 * 1024;
/** More waiting bytes than this are flushed at once. */
constexpr size_t flush_size = 64 * 1024;
/** With more than this waiting, publishes wait their turn elsewhere. */
constexpr size_t publish_limit = 256 * 1024;
/** Nothing is read while more than this waits to be written: answers to what we read would only add to it. */
constexpr size_t backlog_limit = 1024 * 1024;
/** How long a broker may take, without taking a byte, to close its side after our DISCONNECT. */
constexpr auto linger = std::chrono::seconds(1);

/** Of a message at this level of service. */
std::array<std::byte, 4> acknowledgement(uint8_t qos, uint16_t identifier) {
  const auto first = static_cast<std::byte>(qos == 1 ? 0x40 : 0x50);  // PUBACK, PUBREC
  return {first, std::byte{2}, static_cast<std::byte>(identifier >> 8),
          static_cast<std::byte>(identifier & 0xFF)};
}

/** Of a PUBLISH that stands in the place of one that has been judged. */
PublishFront front_of(BytesView bytes, const Terms& terms) {
  FixedHeader header{};
  parse_fixed_header(bytes, header);
  PublishFront front;
  (void)read_publish(bytes, header, terms, front);
  return front;
}

/** Of a SUBSCRIBE or UNSUBSCRIBE of Paho's, whose first part is the fixed header (MQTTPacket.c:232). */
uint16_t identifier_in(std::span<const iovec> packet) {
  if (packet.size() < 2 || packet[1].iov_len < 2) return 0;
  return uint16_at({static_cast<const std::byte*>(packet[1].iov_base), 2}, 0);
}

size_t size_of(std::span<const iovec> parts) {
  size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

Bytes joined(std::span<const iovec> parts) {
  Bytes bytes;
  bytes.reserve(size_of(parts));
  for (const iovec& part : parts) {
    const auto* begin = static_cast<const std::byte*>(part.iov_base);
    bytes.insert(bytes.end(), begin, begin + part.iov_len);
  }
  return bytes;
}

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
      drained_(std::move(options.drained)),
      requested_keepalive_(options.keepalive),
      deadline_(options.connack_deadline),
      connect_packet_(std::move(options.connect_packet)),
      terms_(read_terms(connect_packet_, protocol_)),
      exchanges_(std::move(options.exchanges)),
      inspector_(terms_, *exchanges_, std::move(options.unreleased)) {}

// ---- reading: receive thread ----

bool Connection::readable() {
  if (over_) return true;
  if (owed_ > 0) return !unreplaced_.empty() || !incoming_.bytes().empty() || fill();
  return advance();
}

bool Connection::has_input() const {
  return !over_ && stream_readable_ && !(congested_ && congested_->load(std::memory_order_relaxed)) &&
         backlog() <= backlog_limit;
}

/**
 * Opens the next packet to Paho, once enough of it is here. True also when there is an end to report instead.
 * Reads once at most, so that a flood on one connection leaves the others their turn.
 */
bool Connection::advance() {
  for (bool has_read = false;;) {
    FixedHeader header{};
    const HeaderState state =
        skip() ? parse_fixed_header(incoming_.bytes(), header) : HeaderState::incomplete;
    if (state == HeaderState::malformed) violate({malformed_packet, "A packet with a malformed length"});
    if (over_) return true;
    const Opening opening = state == HeaderState::complete ? open_next(header) : Opening::incomplete;
    if (over_ || opening == Opening::opened) return true;
    if (opening == Opening::kept_back) continue;
    if (has_read || !fill()) return over_;
    has_read = true;
  }
}

Connection::Opening Connection::open_next(const FixedHeader& header) {
  if (auto violation = inspector_.check(header)) violate(*violation);
  if (header.packet_size() > maximum_packet_size_)
    violate({packet_too_large, "A packet of " + std::to_string(header.packet_size()) +
                                   " bytes; the limit is " + std::to_string(maximum_packet_size_)});
  if (over_) return Opening::kept_back;
  const BytesView arrived = incoming_.bytes();
  // Of QoS 2 Paho would keep the payload until PUBREL, which may never come.
  const bool streams = header.type == PacketType::publish && (header.flags & 0x04) == 0 &&
                       header.packet_size() > net::ReadAhead::default_capacity;
  if (!streams && arrived.size() < header.packet_size()) {
    await_more(header);
    return Opening::incomplete;
  }
  current_ = arrived.first(std::min(arrived.size(), header.packet_size()));
  Finding finding = inspector_.inspect(current_, header);
  switch (finding.kind) {
    case Finding::Kind::incomplete:
      await_more(header);
      return Opening::incomplete;
    case Finding::Kind::violation:
      violate(finding.violation);
      return Opening::kept_back;
    case Finding::Kind::kept_back:
      note(header);
      if (!finding.reply.empty()) answer(finding.reply);
      settle(finding);
      unskipped_ = header.packet_size();
      return Opening::kept_back;
    case Finding::Kind::for_paho:
      if (passes_paho(header)) {
        deliver(header, finding);
        incoming_.consume(header.packet_size());
        return Opening::kept_back;
      }
      note(header);
      settle(finding);
      replacement_ = std::move(finding.replacement);
      return open(header, finding.replaced);
  }
  return Opening::kept_back;
}

/** Makes room for more of a packet: twice what is here, whatever length it claims, for that may be a lie. */
void Connection::await_more(const FixedHeader& header) {
  current_ = {};  // the bytes are about to move
  incoming_.reserve(std::min(header.packet_size(), incoming_.bytes().size() * 2 + 16));
}

/** Passes over the rest of a packet that is kept back; false while some of it is yet to come. */
bool Connection::skip() {
  const size_t arrived = std::min(unskipped_, incoming_.bytes().size());
  incoming_.consume(arrived);
  unskipped_ -= arrived;
  return unskipped_ == 0;
}

/** Gives the current packet to Paho, but for so many bytes at its front that the replacement stands for. */
Connection::Opening Connection::open(const FixedHeader& header, size_t replaced) {
  unreplaced_ = replacement_;
  incoming_.consume(replaced);
  owed_ = replacement_.size() + header.packet_size() - replaced;
  return Opening::opened;
}

/** Whether a packet is a message that is here: Paho has nothing to keep of those. */
bool Connection::passes_paho(const FixedHeader& header) const {
  const bool is_whole = current_.size() == header.packet_size();
  return header.type == PacketType::publish && is_whole && message_ && established_;
}

void Connection::deliver(const FixedHeader& header, const Finding& finding) {
  const PublishFront replacement =
      finding.replaced > 0 ? front_of(finding.replacement, terms_) : PublishFront{};
  const PublishFront& front = finding.replaced > 0 ? replacement : inspector_.front();
  const auto qos = static_cast<uint8_t>(header.flags >> 1 & 3);
  message_({.topic = {reinterpret_cast<const char*>(front.topic.data()), front.topic.size()},
            .properties = front.properties.size() > 1 ? front.properties : BytesView{},
            .payload = current_.subspan(finding.replaced > 0 ? finding.replaced : front.size),
            .identifier = front.identifier,
            .qos = qos,
            .retain = (header.flags & 0x01) != 0,
            .duplicate = (header.flags & 0x08) != 0});
  if (qos == 2) inspector_.on_delivered();
  if (qos > 0) answer(acknowledgement(qos, front.identifier));
}

/** Leaves with the next flush of the receive thread. */
void Connection::answer(BytesView packet) {
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || said_why_ || write_failed_) return;
  outgoing_.append(packet);
  book_written();
  answers_wait_ = true;
}

void Connection::settle(const Finding& finding) {
  if (finding.settled && settled_)
    settled_(*finding.settled, finding.answer.empty() ? current_ : BytesView(finding.answer));
}

/** What a packet means to the connection itself. */
void Connection::note(const FixedHeader& header) {
  if (header.type == PacketType::connack) obey_connack();
  if (header.type == PacketType::auth && authentication_) authentication_(current_);
  if (header.type != PacketType::disconnect) return;
  Ending ending{{"CONNECTION_LOST", "The broker disconnected this client"}, 0, {}};
  ending.packet.assign(current_.begin(), current_.end());
  const std::lock_guard lock(ending_mutex_);
  if (!ending_) ending_ = std::move(ending);
}

void Connection::obey_connack() {
  deadline_ = net::never;
  const Connack connack = read_connack(inspector_.connack(), protocol_);
  const auto interval =
      connack.server_keep_alive ? std::chrono::seconds(*connack.server_keep_alive) : requested_keepalive_;
  keepalive_.start(interval, net::Clock::now());
  connected_ = connack.reason_code == 0;
  if (!topic_aliases_ || connack.topic_alias_maximum == 0) return;
  const std::lock_guard lock(out_mutex_);
  outgoing_aliases_.emplace(connack.topic_alias_maximum, connack.maximum_packet_size);
}

bool Connection::fill() {
  if (over_) return false;
  if (!stream_readable_) {
    // Only when all that the broker sent has been read does a
    // failed write end the connection: it may have said why.
    if (write_failed_) end_broken(write_failure_);
    return false;
  }
  if (!has_input()) return false;
  current_ = {};  // the bytes are about to move
  return more_may_come(incoming_.fill(*stream_));
}

/** Books what a read did. True when bytes came. */
bool Connection::more_may_come(const net::Transfer& transfer) {
  if (transfer.bytes > 0) keepalive_.received(net::Clock::now());
  Traffic::add(traffic_->bytes_received, transfer.bytes);
  switch (transfer.state) {
    case State::moved:
      break;
    case State::drained:
      stream_readable_ = stream_hung_up_;
      break;
    case State::blocked:
      stream_readable_ = false;
      break;
    case State::ended:
      end({{"CONNECTION_LOST", "The broker closed the connection"}, 0, {}});
      break;
    case State::failed:
      end_broken(net::failure_of(*stream_, "read", transfer));
      break;
  }
  return transfer.bytes > 0;
}

ssize_t Connection::receive(void* into, size_t size) {
  if (size == 0) return 0;  // Paho's probe while it closes, from any thread: buffers stay untouched
  if (over_ || (owed_ == 0 && !advance()) || over_) {
    errno = over_ ? ECONNRESET : EAGAIN;
    return -1;
  }
  const BytesView buffered = unreplaced_.empty() ? incoming_.bytes() : unreplaced_;
  if (buffered.empty()) return stream_into(into, std::min(size, owed_));
  const size_t taken = std::min({size, owed_, buffered.size()});
  std::memcpy(into, buffered.data(), taken);
  if (unreplaced_.empty())
    incoming_.consume(taken);
  else
    unreplaced_ = unreplaced_.subspan(taken);
  owed_ -= taken;
  return static_cast<ssize_t>(taken);
}

/** The rest of a large PUBLISH goes from the stream straight into Paho's memory. */
ssize_t Connection::stream_into(void* into, size_t size) {
  if (stream_readable_) {
    const net::Transfer transfer = stream_->read({static_cast<std::byte*>(into), size});
    if (more_may_come(transfer)) {
      owed_ -= transfer.bytes;
      return static_cast<ssize_t>(transfer.bytes);
    }
  }
  errno = over_ ? ECONNRESET : EAGAIN;
  return -1;
}

// ---- writing: any thread ----

bool Connection::send(std::span<const iovec> packet) {
  if (packet.empty() || packet.front().iov_len == 0) return false;
  const auto first = *static_cast<const uint8_t*>(packet.front().iov_base);
  const auto type = static_cast<PacketType>(first >> 4);
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || said_why_ || write_failed_) return false;
  if (type == PacketType::connect && !connect_packet_.empty()) {
    outgoing_.append(connect_packet_);
    std::fill(connect_packet_.begin(), connect_packet_.end(), std::byte{});  // it may hold a password
  } else if (type == PacketType::disconnect) {
    if (goodbye_.empty()) return false;
    outgoing_.append(goodbye_);
    said_goodbye_ = true;
  } else {
    if (type == PacketType::subscribe || type == PacketType::unsubscribe)
      exchanges_->on_sent(identifier_in(packet));
    append(packet);
  }
  book_written();
  return !outgoing_.empty() && !std::exchange(flush_owed_, true);
}

bool Connection::takes_publishes() const {
  const bool is_open = !over_ && !closed_ && !said_why_ && established_ && goodbye_.empty() && !write_failed_;
  return is_open && outgoing_.size() <= publish_limit;
}

bool Connection::has_room() {
  const std::lock_guard lock(out_mutex_);
  return takes_publishes();
}

std::optional<uint16_t> Connection::publish(OutgoingPublish publish, uint32_t token) {
  const std::lock_guard lock(out_mutex_);
  if (!takes_publishes()) return std::nullopt;
  if (publish.qos > 0)
    publish.identifier = exchanges_->begin(publish.qos == 1 ? PacketType::puback : PacketType::pubrec, token);
  else if (outgoing_aliases_)
    publish = outgoing_aliases_->apply(publish);
  if (publish.qos > 0 && publish.identifier == 0) return std::nullopt;  // all identifiers are in use
  const PublishParts packet(publish, protocol_);
  if (publish.qos > 0 && exchanges_->keeps_publishes())
    exchanges_->keep(publish.identifier, joined(packet.parts()));
  if (publish.qos > 0) exchanges_->on_sent(publish.identifier);
  append(packet.parts());
  Traffic::add(traffic_->messages_sent, 1);
  book_written();
  return publish.identifier;
}

bool Connection::repeat() {
  const std::lock_guard lock(out_mutex_);
  if (!takes_publishes()) return false;
  const Bytes packet = exchanges_->next_repeat();
  if (packet.empty()) return false;
  const iovec part{const_cast<std::byte*>(packet.data()), packet.size()};
  append({&part, 1});
  book_written();
  return true;
}

void Connection::book_written() {
  if (outgoing_.size() >= flush_size) flush_locked();
  backlog_.store(outgoing_.size(), std::memory_order_relaxed);
}

void Connection::append(std::span<const iovec> packet) {
  if (size_of(packet) < direct_write_size || !stream_writable_)
    outgoing_.append(packet);
  else
    after_write(outgoing_.write_through(*stream_, packet));
}

void Connection::flush() {
  const std::lock_guard lock(out_mutex_);
  flush_locked();
}

void Connection::flush_locked() {
  flush_owed_ = false;
  if (!stream_ || !stream_writable_ || outgoing_.empty()) return;
  after_write(outgoing_.flush(*stream_));
}

void Connection::after_write(const net::Transfer& transfer) {
  if (transfer.bytes > 0) keepalive_.sent(net::Clock::now());
  Traffic::add(traffic_->bytes_sent, transfer.bytes);
  if (transfer.state == State::blocked) stream_writable_ = false;
  if (transfer.state == State::failed && !write_failed_) {
    outgoing_.clear();
    write_failure_ = net::failure_of(*stream_, "write", transfer);
    write_failed_ = true;
  }
  backlog_.store(outgoing_.size(), std::memory_order_relaxed);
}

void Connection::send_bytes(BytesView packet) {
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || said_why_ || write_failed_) return;
  outgoing_.append(packet);
  flush_locked();
  backlog_.store(outgoing_.size(), std::memory_order_relaxed);
}

void Connection::authenticate(BytesView packet) {
  constexpr uint8_t re_authenticate = 0x19;
  FixedHeader header{};
  if (parse_fixed_header(packet, header) != HeaderState::complete) return;
  if (reason_code_of(packet, header) == re_authenticate) inspector_.begin_authentication();
  send_bytes(packet);
}

void Connection::say_goodbye(Bytes packet) {
  const std::lock_guard lock(out_mutex_);
  goodbye_ = std::move(packet);
}

// ---- readiness and time: receive thread ----

void Connection::on_ready(bool readable, bool writable, bool hung_up) {
  stream_readable_ |= readable;
  stream_hung_up_ |= hung_up;
  if (!writable) return;
  const std::lock_guard lock(out_mutex_);
  stream_writable_ = true;
  if (outgoing_.empty() && stream_)
    after_write(stream_->write({}));  // what the stream itself has to say
  else
    flush_locked();
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
  end({{"PROTOCOL_ERROR", violation.text}, violation.reason_code, {}});
}

void Connection::abort(net::Failure failure, uint8_t reason_code) {
  if (reason_code != 0) tell(reason_code);
  end({std::move(failure), reason_code, {}});
}

/** Before CONNACK a client that authenticates may send DISCONNECT ([MQTT-3.1.2-30]); others just close. */
void Connection::tell(uint8_t reason_code) {
  if (protocol_ != Protocol::v5 || (!connected_ && !terms_.authentication)) return;
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || write_failed_ || said_goodbye_ || said_why_) return;
  outgoing_.append(std::array{std::byte{0xE0}, std::byte{0x01}, std::byte{reason_code}});
  flush_locked();
  backlog_.store(outgoing_.size(), std::memory_order_relaxed);
  said_why_ = true;
}

/**
 * Of a stream that broke. Before there was a connection the cause is all there is to say; afterwards the code
 * is the same for all causes, but for a broker that breaks the rules of a layer below MQTT.
 */
void Connection::end_broken(const net::Failure& failure) {
  const bool is_lost = connected_ && failure.code != "PROTOCOL_ERROR";
  end({{is_lost ? "CONNECTION_LOST" : failure.code, failure.text}, 0, {}});
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
    const std::lock_guard lock(out_mutex_);
    stream_.reset();
  }
  if (drained_) drained_(this);
}

/**
 * Closing a socket with unread bytes resets the connection, and a reset may overtake our DISCONNECT on its
 * way to the broker's application. So after one we finish writing, read until the broker closes, and
 * only then let go. A broker that neither takes bytes nor closes is not waited for.
 */
bool Connection::drains(net::TimePoint now) {
  {
    const std::lock_guard lock(out_mutex_);
    const bool said = said_why_ || (said_goodbye_ && !over_);
    if (write_failed_ || !said) return false;
    flush_locked();
    if (outgoing_.size() < unsent_) linger_until_ = now + linger;
    unsent_ = outgoing_.size();
    if (outgoing_.empty() && !finished_writing_) {
      stream_->finish_writing();
      finished_writing_ = true;
    }
  }
  return now < linger_until_ && !peer_has_closed();
}

bool Connection::peer_has_closed() {
  for (int reads = 0; reads < 16 && stream_readable_; reads++) {
    std::array<std::byte, 4096> waste;
    const net::Transfer transfer = stream_->read(waste);
    if (transfer.state == State::blocked) stream_readable_ = false;
    if (transfer.state == State::drained) stream_readable_ = stream_hung_up_;
    if (transfer.state == State::ended || transfer.state == State::failed) return true;
  }
  return false;
}

}  // namespace mqtt_native::wire
