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

size_t size_of(std::span<const iovec> parts) {
  size_t size = 0;
  for (const iovec& part : parts) size += part.iov_len;
  return size;
}

}  // namespace

Connection::Connection(ConnectionOptions options)
    : stream_(std::move(options.stream)),
      protocol_(options.protocol),
      maximum_packet_size_(options.maximum_packet_size),
      congested_(std::move(options.congested)),
      drained_(std::move(options.drained)),
      requested_keepalive_(options.keepalive),
      deadline_(options.connack_deadline),
      connect_packet_(std::move(options.connect_packet)) {}

// ---- reading: receive thread ----

bool Connection::readable() {
  if (over_) return true;
  if (owed_ > 0) return !incoming_.bytes().empty() || fill();
  return advance();
}

/** Opens the next packet to Paho, once enough of it is here. True also when there is an end to report
 * instead. */
bool Connection::advance() {
  for (;;) {
    FixedHeader header{};
    const HeaderState state = parse_fixed_header(incoming_.bytes(), header);
    if (state == HeaderState::malformed) violate({malformed_packet, "A packet with a malformed length"});
    if (over_) return true;
    const Opening opening = state == HeaderState::complete ? open_next(header) : Opening::incomplete;
    if (over_ || opening == Opening::opened) return true;
    if (opening == Opening::incomplete && !fill()) return over_;
  }
}

Connection::Opening Connection::open_next(const FixedHeader& header) {
  if (auto violation = check_header(header, protocol_, !connack_.empty())) violate(*violation);
  if (header.packet_size() > maximum_packet_size_)
    violate({packet_too_large, "A packet of " + std::to_string(header.packet_size()) +
                                   " bytes; the limit is " + std::to_string(maximum_packet_size_)});
  if (over_) return Opening::kept_back;
  const BytesView arrived = incoming_.bytes();
  if (header.type == PacketType::publish && header.packet_size() > net::ReadAhead::default_capacity) {
    bool complete = false;
    if (auto violation = check_publish(arrived, header, protocol_, complete)) violate(*violation);
    if (!complete) {
      incoming_.reserve(std::min<size_t>(header.packet_size(), arrived.size() * 2 + 16));
      return Opening::incomplete;
    }
  } else if (arrived.size() < header.packet_size()) {
    incoming_.reserve(header.packet_size());
    return Opening::incomplete;
  }
  current_ = arrived.first(std::min(arrived.size(), header.packet_size()));
  if (inspect(header)) {
    owed_ = header.packet_size();
    return Opening::opened;
  }
  incoming_.consume(header.packet_size());
  return Opening::kept_back;
}

/** Looks at a packet before Paho does; false: it is not for Paho. */
bool Connection::inspect(const FixedHeader& header) {
  if (header.type != PacketType::publish) {
    if (auto violation = check_layout(current_, header, protocol_)) violate(*violation);
    if (over_) return false;
  }
  switch (header.type) {
    case PacketType::publish: {
      bool complete = false;
      if (auto violation = check_publish(current_, header, protocol_, complete)) violate(*violation);
      return !over_;
    }
    case PacketType::connack:
      keep_connack();
      return true;
    case PacketType::disconnect: {
      Ending ending{{"CONNECTION_LOST", "The broker disconnected this client"}, 0, {}};
      ending.packet.assign(current_.begin(), current_.end());
      const std::lock_guard lock(ending_mutex_);
      if (!ending_) ending_ = std::move(ending);
      return true;
    }
    case PacketType::pingresp:
      return false;
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubcomp:
    case PacketType::suback:
    case PacketType::unsuback:
      return inspect_acknowledgement(header);
    default:
      return true;
  }
}

/** False: it is for nobody, or for somebody else, and Paho must not see it. */
bool Connection::inspect_acknowledgement(const FixedHeader& header) {
  const PacketType type = header.type;
  const bool has_code = type != PacketType::suback && type != PacketType::unsuback && header.body_size > 2;
  const uint8_t code = has_code ? byte_at(current_, header.header_size + 2) : 0;
  const bool refused = code >= 0x80;
  const uint16_t identifier = uint16_at(current_, header.header_size);
  answer_.clear();
  switch (acknowledgements_.on_received(type, identifier, refused)) {
    case Acknowledgements::Verdict::expected:
      // For QoS 2 the PUBREC's reason code counts, unless it is plain success: then the PUBCOMP's.
      if (type == PacketType::pubrec && !refused && code != 0)
        pubrecs_[identifier].assign(current_.begin(), current_.end());
      if (type == PacketType::pubcomp && !pubrecs_.empty())
        if (auto kept = pubrecs_.extract(identifier)) answer_ = std::move(kept.mapped());
      return true;
    case Acknowledgements::Verdict::wrong_type:
      violate({protocol_error, "An acknowledgement of the wrong type"});
      return false;
    case Acknowledgements::Verdict::late:
      return false;
    case Acknowledgements::Verdict::stray:
      // Paho answers such a PUBREC with the PUBREL that lets the broker forget it (MQTTProtocolClient.c:514).
      return type == PacketType::pubrec && !refused;
  }
  return false;
}

void Connection::keep_connack() {
  connack_.assign(current_.begin(), current_.end());
  deadline_ = net::never;
  const Connack connack = read_connack(connack_, protocol_);
  const auto interval =
      connack.server_keep_alive ? std::chrono::seconds(*connack.server_keep_alive) : requested_keepalive_;
  keepalive_.start(interval, net::Clock::now());
}

bool Connection::fill() {
  if (over_) return false;
  if (!stream_readable_) {
    // Only when all that the broker sent has been read does a failed write end the connection: it may have
    // said why.
    if (const int error = write_error_)
      end({{"CONNECTION_LOST", net::system_failure("write", error).text}, 0, {}});
    return false;
  }
  if ((congested_ && congested_->load(std::memory_order_relaxed)) || backlog() > backlog_limit) return false;
  current_ = {};  // the bytes are about to move
  return more_may_come(incoming_.fill(*stream_));
}

/** Books what a read did. True when bytes came. */
bool Connection::more_may_come(const net::Transfer& transfer) {
  if (transfer.bytes > 0) keepalive_.received(net::Clock::now());
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
      end({{"CONNECTION_LOST", net::system_failure("read", transfer.error).text}, 0, {}});
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
  const BytesView buffered = incoming_.bytes();
  if (buffered.empty()) return stream_into(into, std::min(size, owed_));
  const size_t taken = std::min({size, owed_, buffered.size()});
  std::memcpy(into, buffered.data(), taken);
  incoming_.consume(taken);
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

// ---- writing: both of Paho's threads ----

bool Connection::send(std::span<const iovec> packet) {
  if (packet.empty() || packet.front().iov_len == 0) return false;
  const auto first = *static_cast<const uint8_t*>(packet.front().iov_base);
  const auto type = static_cast<PacketType>(first >> 4);
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || write_error_ != 0 || is_stray(type, first & 0x0F, packet)) return false;
  const bool was_empty = outgoing_.empty();
  if (type == PacketType::connect && !connect_packet_.empty()) {
    outgoing_.append(connect_packet_);
    std::fill(connect_packet_.begin(), connect_packet_.end(), std::byte{});  // it may hold a password
  } else if (type == PacketType::disconnect) {
    if (goodbye_.empty()) return false;
    outgoing_.append(goodbye_);
    said_goodbye_ = true;
  } else {
    acknowledgements_.on_sent(type, first & 0x0F, packet);
    append(packet);
  }
  book_written();
  return was_empty && !outgoing_.empty();
}

bool Connection::publish(const OutgoingPublish& publish) {
  std::array<std::byte, 7> header;
  size_t size = 0;
  const auto put = [&](size_t byte) { header[size++] = static_cast<std::byte>(byte); };
  const size_t properties_size =
      protocol_ != Protocol::v5 ? 0 : std::max<size_t>(publish.properties.size(), 1);
  put(publish.retain ? 0x31 : 0x30);
  size_t left = 2 + publish.topic.size() + properties_size + publish.payload.size();
  do {
    put(left % 128 | (left >= 128 ? 0x80 : 0));
    left /= 128;
  } while (left > 0);
  put(publish.topic.size() >> 8);
  put(publish.topic.size() & 0xFF);
  static constexpr std::byte no_properties{};
  const void* properties = publish.properties.empty() ? &no_properties : publish.properties.data();
  const auto part = [](const void* data, size_t bytes) { return iovec{const_cast<void*>(data), bytes}; };
  const std::array parts{part(header.data(), size), part(publish.topic.data(), publish.topic.size()),
                         part(properties, properties_size),
                         part(publish.payload.data(), publish.payload.size())};
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || !established_ || !goodbye_.empty() || write_error_ != 0) return false;
  if (outgoing_.size() > publish_limit) return false;
  append(parts);
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

/**
 * Paho repeats unacknowledged packets of every connection when one of them resumes its session, and later by
 * a clock of its own. Only what it repeats while this connection resumes is legitimate (MQTT 5, section 4.4).
 * A PUBREL that answers the PUBREC it has just been given is no repetition.
 */
bool Connection::is_stray(PacketType type, uint8_t flags, std::span<const iovec> packet) const {
  if (!established_) return false;
  if (type == PacketType::publish) return (flags & 0x08) != 0;
  if (type != PacketType::pubrel || packet.size() < 2 || packet[1].iov_len < 2) return false;
  FixedHeader header{};
  const bool answers_pubrec =
      parse_fixed_header(current_, header) == HeaderState::complete && header.type == PacketType::pubrec;
  const auto* body = static_cast<const std::byte*>(packet[1].iov_base);
  return !answers_pubrec || packet_identifier(current_) != uint16_at({body, 2}, 0);
}

void Connection::flush() {
  const std::lock_guard lock(out_mutex_);
  flush_locked();
}

void Connection::flush_locked() {
  if (!stream_ || !stream_writable_ || outgoing_.empty()) return;
  after_write(outgoing_.flush(*stream_));
}

void Connection::after_write(const net::Transfer& transfer) {
  keepalive_.sent(net::Clock::now());
  if (transfer.state == State::blocked) stream_writable_ = false;
  if (transfer.state == State::failed) {
    outgoing_.clear();
    write_error_ = transfer.error;
  }
  backlog_.store(outgoing_.size(), std::memory_order_relaxed);
}

void Connection::send_bytes(BytesView packet) {
  const std::lock_guard lock(out_mutex_);
  if (over_ || closed_ || write_error_ != 0) return;
  outgoing_.append(packet);
  flush_locked();
  backlog_.store(outgoing_.size(), std::memory_order_relaxed);
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
      if (!incoming_.bytes().empty() || fill() || over_) break;
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
  if (protocol_ == Protocol::v5 && !connack_.empty())
    send_bytes(std::array{std::byte{0xE0}, std::byte{0x01}, std::byte{violation.reason_code}});
  end({{"PROTOCOL_ERROR", violation.text}, violation.reason_code, {}});
}

void Connection::abort(net::Failure failure) {
  end({std::move(failure), 0, {}});
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
 * way to the broker's application. So after a goodbye we finish writing, read until the broker closes, and
 * only then let go. A broker that neither takes bytes nor closes is not waited for.
 */
bool Connection::drains(net::TimePoint now) {
  {
    const std::lock_guard lock(out_mutex_);
    if (over_ || write_error_ != 0 || !said_goodbye_) return false;
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
