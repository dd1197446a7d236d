// How packets leave a connection. On any thread.

#include "net/parts.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::wire {

using net::size_of;

namespace {

/** A packet of this size or more is written from where it lies instead of being gathered with others. */
constexpr size_t direct_write_size = 32 * 1024;
/** A smaller payload is copied sooner than held. */
constexpr size_t least_held = 2 * 1024;
/** More waiting bytes than this are flushed at once. */
constexpr size_t flush_size = net::WriteBuffer::much;

/** Of a SUBSCRIBE or UNSUBSCRIBE of Paho's, whose first part is the fixed header (MQTTPacket.c:232). */
uint16_t identifier_in(std::span<const iovec> packet) {
  if (packet.size() < 2 || packet[1].iov_len < 2) return 0;
  return uint16_at({static_cast<const std::byte*>(packet[1].iov_base), 2}, 0);
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

bool Connection::send(std::span<const iovec> packet) {
  if (packet.empty() || packet.front().iov_len == 0) return false;
  const auto first = *static_cast<const uint8_t*>(packet.front().iov_base);
  const auto type = static_cast<PacketType>(first >> 4);
  auto lock = outlet_.lock();
  if (!takes_packets()) return false;
  if (type == PacketType::connect && !connect_packet_.empty()) {
    outlet_.gather(connect_packet_);
    std::fill(connect_packet_.begin(), connect_packet_.end(), std::byte{});  // it may hold a password
  } else if (type == PacketType::disconnect) {
    if (goodbye_.empty()) return false;
    outlet_.gather_last(goodbye_);
    said_goodbye_ = true;
  } else {
    if (type == PacketType::subscribe || type == PacketType::unsubscribe) {
      exchanges_->on_sent(identifier_in(packet));
      requests_++;
    }
    hand_to_outlet(lock, packet, true, {});
  }
  flush_if_full(lock);
  return outlet_.size() > 0 && !std::exchange(flush_owed_, true);
}

bool Connection::takes_publishes() {
  const bool is_open = takes_packets() && established_ && goodbye_.empty();
  const bool has_room = outlet_.size() <= publish_limit;
  if (is_open && !has_room) room_wanted_ = true;
  return is_open && has_room;
}

bool Connection::has_room() {
  const auto lock = outlet_.lock();
  return takes_publishes();
}

std::optional<uint16_t> Connection::publish(OutgoingPublish publish, uint32_t token, bool at_once,
                                            const net::SharedBytes& memory) {
  auto lock = outlet_.lock();
  if (!takes_publishes()) return std::nullopt;
  const bool keeps = publish.qos > 0 && exchanges_->keeps_publishes();
  if (publish.qos > 0)
    publish.identifier =
        exchanges_->begin(publish.qos == 1 ? PacketType::puback : PacketType::pubrec, token, !keeps);
  else if (outgoing_aliases_)
    publish = outgoing_aliases_->apply(publish);
  if (publish.qos > 0 && publish.identifier == 0) return std::nullopt;  // all identifiers are in use
  const PublishParts packet(publish, protocol_);
  if (keeps) exchanges_->keep(publish.identifier, joined(packet.parts()));
  Traffic::add(traffic_->messages_sent, 1);
  hand_to_outlet(lock, packet.parts(), at_once, memory);
  return publish.identifier;
}

size_t Connection::repeat() {
  const auto lock = outlet_.lock();
  if (!takes_publishes()) return 0;
  const Bytes packet = exchanges_->next_repeat();
  const bool is_publish = !packet.empty() && byte_at(packet, 0) >> 4 == static_cast<int>(PacketType::publish);
  if (is_publish) Traffic::add(traffic_->messages_sent, 1);
  outlet_.gather(packet);
  return packet.size();
}

/** `memory`: of the last part, the payload, if it can be held. */
void Connection::hand_to_outlet(net::Outlet::Lock& lock, std::span<const iovec> packet, bool at_once,
                                const net::SharedBytes& memory) {
  const iovec& payload = packet.back();
  if (memory && payload.iov_len >= least_held) {
    outlet_.gather(packet.first(packet.size() - 1));
    return outlet_.gather_held(memory, {static_cast<const std::byte*>(payload.iov_base), payload.iov_len});
  }
  if (!at_once || !outlet_.is_clear() || size_of(packet) < direct_write_size) return outlet_.gather(packet);
  outlet_.write(lock, packet);
  leave_the_rest();
}

void Connection::flush() {
  auto lock = outlet_.lock();
  flush(lock);
}

void Connection::flush(net::Outlet::Lock& lock) {
  flush_owed_ = flush_wanted_ = false;
  outlet_.flush(lock);
  leave_the_rest();
}

/** What is more than a portion waits for its next turn on the send thread. */
void Connection::leave_the_rest() {
  if (outlet_.has_more() && room_ && !flush_wanted_.exchange(true)) room_();
}

void Connection::flush_if_full(net::Outlet::Lock& lock) {
  if (outlet_.size() >= flush_size) flush(lock);
}

bool Connection::wants_flush() {
  if (backlog() < flush_size) return false;
  const auto lock = outlet_.lock();
  return outlet_.can_write() && !flush_wanted_.exchange(true);
}

/** Called with the outlet's lock, whoever wrote: tells those who wait for that, too. */
void Connection::on_written(size_t bytes) {
  if (bytes > 0) keepalive_.sent(net::Clock::now());
  Traffic::add(traffic_->bytes_sent, bytes);
  const bool has_room = outlet_.size() <= publish_limit / 2 && std::exchange(room_wanted_, false);
  const bool unblocks = !has_backlog() && std::exchange(input_blocked_, false);
  if (has_room && room_) room_();
  if ((unblocks || outlet_.failed()) && unblocked_) unblocked_();
}

/** Whether reading has to wait for writing: not when that waits for reading. */
bool Connection::has_backlog() const {
  return outlet_.size() > backlog_limit && !outlet_.awaits_read();
}

void Connection::send_bytes(BytesView packet) {
  auto lock = outlet_.lock();
  if (!takes_packets()) return;
  outlet_.gather(packet);
  flush(lock);
}

void Connection::authenticate(BytesView packet) {
  constexpr uint8_t re_authenticate = 0x19;
  FixedHeader header{};
  if (parse_fixed_header(packet, header) != HeaderState::complete) return;
  if (reason_code_of(packet, header) == re_authenticate) inspector_.begin_authentication();
  send_bytes(packet);
}

void Connection::say_goodbye(Bytes packet) {
  const auto lock = outlet_.lock();
  goodbye_ = std::move(packet);
}

}  // namespace mqtt_native::wire
