#include "mqtt/packet_writer.hpp"

#include "base/parts.hpp"

namespace mqtt_native::mqtt {

using base::total_size;

namespace {

/** Bytes: a packet of at least this size may be written directly instead of copied. */
constexpr size_t direct_write_size = 32 * 1024;
/** Bytes: a smaller payload is copied rather than held. */
constexpr size_t min_held = 2 * 1024;
/** Bytes: a larger backlog is flushed at once. */
constexpr size_t flush_size = net::WriteBuffer::handoff_threshold;
/** Bytes: with a larger backlog publishes are refused until half of it has been written. */
constexpr size_t publish_limit = 512 * 1024;
/** Bytes: with a larger backlog nothing is read. */
constexpr size_t backlog_limit = 2 * publish_limit;

}  // namespace

PacketWriter::PacketWriter(net::Stream& stream, Protocol protocol, const CloseSequence& closing,
                           Keepalive& keepalive, std::shared_ptr<InflightTable> inflight,
                           std::shared_ptr<Traffic> traffic, ConnectionListener& listener)
    : protocol_(protocol),
      closing_(closing),
      keepalive_(keepalive),
      inflight_(std::move(inflight)),
      traffic_(std::move(traffic)),
      listener_(listener),
      stream_writer_(stream, [this](size_t bytes) { on_written(bytes); }) {}

void PacketWriter::open(const Connack& connack, bool topic_aliases) {
  const auto lock = stream_writer_.lock();
  is_open_ = true;
  if (topic_aliases && connack.topic_alias_maximum > 0)
    aliases_.emplace(connack.topic_alias_maximum, connack.limits.maximum_packet_size);
  if (connack.limits != BrokerLimits{}) limits_ = connack.limits;
}

bool PacketWriter::can_send() const {
  return closing_.is_open() && stream_writer_.accepts_more();
}

void PacketWriter::send_control(BytesView packet) {
  FixedHeader header{};
  if (parse_fixed_header(packet, header) != HeaderState::complete) return;
  auto lock = stream_writer_.lock();
  if (!can_send()) return;
  if (header.type == PacketType::subscribe || header.type == PacketType::unsubscribe)
    inflight_->on_sent(uint16_at(packet, header.header_size));
  disconnect_sent_ = header.type == PacketType::disconnect;
  if (disconnect_sent_)
    stream_writer_.append_last(packet);
  else
    stream_writer_.append(packet);
  flush_if_full(lock);
}

void PacketWriter::reply(BytesView packet) {
  auto lock = stream_writer_.lock();
  if (!can_send()) return;
  stream_writer_.append(packet);
  flush_if_full(lock);
  owes_replies_ = true;
}

void PacketWriter::send(BytesView packet) {
  auto lock = stream_writer_.lock();
  if (!can_send()) return;
  stream_writer_.append(packet);
  flush(lock);
}

void PacketWriter::send_disconnect(uint8_t reason_code) {
  auto lock = stream_writer_.lock();
  if (!can_send()) return;
  stream_writer_.append_last(std::array{std::byte{0xE0}, std::byte{0x01}, std::byte{reason_code}});
  disconnect_sent_ = is_aborted_ = true;
  flush(lock);
}

// ---- publishes ----

bool PacketWriter::takes_publishes() {
  const bool is_open = is_open_ && can_send();
  const bool has_room = stream_writer_.size() <= publish_limit;
  if (is_open && !has_room) room_wanted_ = true;
  return is_open && has_room;
}

bool PacketWriter::has_room() {
  const auto lock = stream_writer_.lock();
  return takes_publishes();
}

Appended PacketWriter::publish(OutgoingPublish publish, uint32_t token, bool at_once,
                               const base::SharedBytes& memory) {
  auto lock = stream_writer_.lock();
  if (!takes_publishes()) return {};
  if (limits_) [[unlikely]]
    if (const uint8_t refusal = check_limits(publish)) return {.refusal = refusal};
  const bool keeps = publish.qos > 0 && inflight_->keeps_publishes();
  if (publish.qos > 0)
    publish.identifier =
        inflight_->allocate(publish.qos == 1 ? PacketType::puback : PacketType::pubrec, token, !keeps);
  else if (aliases_)
    publish = aliases_->apply(publish);
  if (publish.qos > 0 && publish.identifier == 0) return {};  // all identifiers are in use
  const PublishParts packet(publish, protocol_);
  if (keeps)
    inflight_->store_packet(publish.identifier, base::joined(packet.parts()), stream_writer_.position());
  Traffic::add(traffic_->messages_sent, 1);
  append_publish(lock, packet.parts(), at_once, memory);
  return {.is_appended = true, .identifier = publish.identifier};
}

uint8_t PacketWriter::check_limits(const OutgoingPublish& publish) const {
  return limits_->refusal(publish.qos, publish.retain, PublishParts(publish, protocol_).size());
}

Resent PacketWriter::resend() {
  const auto lock = stream_writer_.lock();
  if (!takes_publishes()) return {};
  const auto next = inflight_->next_resend(limits_.value_or(BrokerLimits{}), stream_writer_.position());
  if (!next) return {};
  const auto& [packet, token, refusal] = *next;
  const bool is_publish = !packet.empty() && byte_at(packet, 0) >> 4 == static_cast<int>(PacketType::publish);
  if (is_publish) Traffic::add(traffic_->messages_sent, 1);
  stream_writer_.append(packet);
  return {packet.size(), token, refusal};
}

/** `memory`: that of the last part, the payload, if it can be held. */
void PacketWriter::append_publish(net::StreamWriter::Lock& lock, std::span<const iovec> packet, bool at_once,
                                  const base::SharedBytes& memory) {
  const iovec& payload = packet.back();
  if (memory && payload.iov_len >= min_held) {
    stream_writer_.append(packet.first(packet.size() - 1));
    return stream_writer_.append_held(memory,
                                      {static_cast<const std::byte*>(payload.iov_base), payload.iov_len});
  }
  if (!at_once || !stream_writer_.is_clear() || total_size(packet) < direct_write_size)
    return stream_writer_.append(packet);
  stream_writer_.write(lock, packet);
  leave_the_rest();
}

// ---- flushing ----

void PacketWriter::flush() {
  auto lock = stream_writer_.lock();
  flush(lock);
}

void PacketWriter::flush(net::StreamWriter::Lock& lock) {
  flush_wanted_ = false;
  stream_writer_.flush(lock);
  leave_the_rest();
}

void PacketWriter::leave_the_rest() {
  if (stream_writer_.has_more() && !flush_wanted_.exchange(true)) listener_.on_writable();
}

void PacketWriter::flush_if_full(net::StreamWriter::Lock& lock) {
  if (stream_writer_.size() >= flush_size) flush(lock);
}

bool PacketWriter::wants_flush() {
  if (backlog() < flush_size) return false;
  const auto lock = stream_writer_.lock();
  return stream_writer_.can_write() && !flush_wanted_.exchange(true);
}

void PacketWriter::flush_replies() {
  // The send thread sends the replies if it has been asked to flush a burst.
  if (claim_replies() && !is_flush_wanted()) flush();
}

void PacketWriter::on_writable() {
  auto lock = stream_writer_.lock();
  stream_writer_.on_writable(lock);
  leave_the_rest();
}

/** Called with the stream writer's lock, on the writing thread. */
void PacketWriter::on_written(size_t bytes) {
  if (bytes > 0) keepalive_.sent(base::Clock::now());
  Traffic::add(traffic_->bytes_sent, bytes);
  const bool has_room = stream_writer_.size() <= publish_limit / 2 && std::exchange(room_wanted_, false);
  const bool unblocks = !has_backlog() && std::exchange(input_blocked_, false);
  if (has_room) listener_.on_writable();
  if (unblocks || stream_writer_.failed()) listener_.on_read_resumable();
}

bool PacketWriter::blocks_reading() {
  if (backlog() <= backlog_limit) return false;
  const auto lock = stream_writer_.lock();
  return input_blocked_ = has_backlog();
}

/** Whether the backlog must block reading. It does not while writing waits for reading. */
bool PacketWriter::has_backlog() const {
  return stream_writer_.size() > backlog_limit && !stream_writer_.awaits_read();
}

// ---- the end ----

std::optional<size_t> PacketWriter::finish() {
  auto lock = stream_writer_.lock();
  const bool waits = disconnect_sent_ && (is_aborted_ || !closing_.is_over());
  if (stream_writer_.failed() || !waits) return std::nullopt;
  stream_writer_.flush(lock, SIZE_MAX);
  const size_t unsent = stream_writer_.size();
  stream_writer_.finish();
  return unsent;
}

uint64_t PacketWriter::abandon() {
  const auto lock = stream_writer_.lock();
  return stream_writer_.abandon();
}

void PacketWriter::close() {
  auto lock = stream_writer_.lock();
  stream_writer_.close(lock);
}

}  // namespace mqtt_native::mqtt
