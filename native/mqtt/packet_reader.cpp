#include "mqtt/packet_reader.hpp"

namespace mqtt_native::mqtt {

using State = net::Transfer::State;

namespace {

/**
 * Limit of a read, in bytes, on a JavaScript thread, which has other work. A larger read is not low traffic.
 * It also applies before the session is connected, when a thousand connections may wait at once.
 */
constexpr size_t short_read = 16 * 1024;

}  // namespace

void PacketReader::on_ready(bool readable, bool hung_up) {
  readable_ |= readable;
  hung_up_ |= hung_up;
}

bool PacketReader::listens() const {
  return !(options_.paused && options_.paused->load(std::memory_order_relaxed));
}

bool PacketReader::has_input() {
  const bool has_end = readable_ || writer_.failed();  // a read reports the failure, too
  return !closing_.is_over() && has_end && listens() && !awaits_resume() && !writer_.blocks_reading();
}

bool PacketReader::read_low_traffic() {
  readable_ = true;
  if (!has_little() || !has_input()) return false;
  read(short_read);
  has_events_ = false;
  return closing_.is_open() && !readable_;
}

bool PacketReader::has_little() const {
  return closing_.is_open() && accepted_ && incoming_.bytes().size() <= short_read;
}

void PacketReader::end_batch(bool more) {
  const bool has_events = std::exchange(has_events_, false);
  if (!has_events && !owes_end_of_batch_) return;
  // A read without events ends the batch, too: a single large packet may follow.
  owes_end_of_batch_ = has_events && more;
  listener_.on_batch_end(owes_end_of_batch_);
}

void PacketReader::read(size_t limit) {
  if (!accepted_) limit = std::min(limit, short_read);
  size_t bytes = 0;
  while (!closing_.is_over() && !awaits_resume()) {
    if (take_packet()) continue;
    if (closing_.is_over() || bytes > 0) break;
    bytes = fill(limit);
    if (bytes == 0) break;
  }
  current_ = {};  // the bytes may move
  incoming_.release_if_idle();
  if (bytes > 0 && bytes <= short_read && has_little() && !readable_)
    listener_.on_low_traffic(stream_.descriptor());
}

/** Handles one packet. Returns false if none is complete. */
bool PacketReader::take_packet() {
  FixedHeader header{};
  const HeaderState state = parse_fixed_header(incoming_.bytes(), header);
  if (state == HeaderState::malformed) owner_.fail({malformed_packet, "A packet with a malformed length"});
  if (state != HeaderState::complete) return false;
  if (const auto error = handler_.check(header)) {
    owner_.fail(*error);
    return false;
  }
  if (header.packet_size() > options_.maximum_packet_size) {
    owner_.fail({packet_too_large, "A packet of " + std::to_string(header.packet_size()) +
                                       " bytes; the limit is " +
                                       std::to_string(options_.maximum_packet_size)});
    return false;
  }
  if (incoming_.bytes().size() < header.packet_size()) {
    await_rest(header);
    return false;
  }
  current_ = incoming_.bytes().first(header.packet_size());
  handle(header, handler_.handle(current_, header));
  incoming_.consume(header.packet_size());
  return true;
}

/** Makes room for twice the buffered bytes, whatever length the packet claims, because that may be wrong. */
void PacketReader::await_rest(const FixedHeader& header) {
  incoming_.reserve(std::min(header.packet_size(), incoming_.bytes().size() * 2 + 16));
}

void PacketReader::handle(const FixedHeader& header, PacketAction action) {
  switch (action.kind) {
    case PacketAction::Kind::error:
      return owner_.fail(action.error);
    case PacketAction::Kind::deliver:
      answer(action);
      return deliver(header);
    case PacketAction::Kind::control:
      if (header.type == PacketType::connack) owner_.on_connack();
      answer(action);
      return listener_.on_control_packet(current_);
    case PacketAction::Kind::consume:
      if (header.type == PacketType::auth) listener_.on_authentication(current_);
      if (header.type == PacketType::disconnect) on_disconnect();
      if (action.reply && !passes_release(header)) writer_.reply(*action.reply);
      return answer(action);
  }
}

/** Returns whether the packet is a PUBREL that the listener answers. */
bool PacketReader::passes_release(const FixedHeader& header) {
  if (header.type != PacketType::pubrel) return false;
  if (!listener_.on_released(uint16_at(current_, header.header_size))) return false;
  has_events_ = true;
  return true;
}

void PacketReader::deliver(const FixedHeader& header) {
  const PublishFront& front = handler_.front();
  const auto qos = static_cast<uint8_t>(header.flags >> 1 & 3);
  listener_.on_message({.topic = {reinterpret_cast<const char*>(front.topic.data()), front.topic.size()},
                        .properties = front.properties.size() > 1 ? front.properties : BytesView{},
                        .payload = current_.subspan(front.size),
                        .memory = incoming_.memory(),
                        .identifier = front.identifier,
                        .qos = qos,
                        .retain = (header.flags & 0x01) != 0,
                        .duplicate = (header.flags & 0x08) != 0,
                        .deferred = handler_.is_deferred(),
                        .repeated = handler_.is_repetition(),
                        .connection = options_.connection});
  has_events_ = true;
  if (qos == 2) handler_.on_delivered();
  if (qos > 0 && !handler_.is_deferred())
    writer_.reply(acknowledgement(qos == 1 ? PacketType::puback : PacketType::pubrec, front.identifier));
}

/** Reports the entry that an acknowledgement completes, and the broker's deviation. */
void PacketReader::answer(const PacketAction& action) {
  if (action.deviation) listener_.on_deviation(*action.deviation);
  if (!action.completed) return;
  listener_.on_answered(*action.completed, action.answer.empty() ? current_ : BytesView(action.answer));
  has_events_ = true;
}

void PacketReader::on_disconnect() {
  CloseReason reason{{"CONNECTION_LOST", "The broker disconnected this client"}, 0, {}};
  reason.packet.assign(current_.begin(), current_.end());
  owner_.end(std::move(reason));
}

/** Reads once. Returns the number of bytes. */
size_t PacketReader::fill(size_t limit) {
  if (!readable_) {
    // A failed write ends the connection only when all input has been read, because it may contain the
    // broker's reason.
    if (writer_.failed()) owner_.end_broken(writer_.failure());
    return 0;
  }
  if (!has_input()) return 0;
  current_ = {};  // the bytes are about to move
  const net::Transfer transfer = incoming_.fill(stream_, limit);
  note(transfer);
  return transfer.bytes;
}

void PacketReader::note(const net::Transfer& transfer) {
  if (transfer.bytes > 0) owner_.on_received();
  if (transfer.bytes > 0 && stream_.delays_ack()) writer_.owe_ack();
  Traffic::add(options_.traffic->bytes_received, transfer.bytes);
  if (transfer.unblocks) writer_.on_writable();
  switch (transfer.state) {
    case State::moved:
      break;
    case State::drained:
      readable_ = hung_up_;
      break;
    case State::blocked:
      readable_ = false;
      break;
    case State::ended:
      owner_.end_broken({"CONNECTION_LOST", "The broker closed the connection"});
      break;
    case State::failed:
      owner_.end_broken(net::to_failure(stream_, "read", transfer));
      break;
  }
}

bool PacketReader::peer_has_closed() {
  for (int reads = 0; reads < 16 && readable_; reads++) {
    std::array<std::byte, 4096> waste;
    const net::Transfer transfer = stream_.read(waste);
    if (transfer.unblocks) writer_.on_writable();
    if (transfer.state == State::blocked) readable_ = false;
    if (transfer.state == State::drained) readable_ = hung_up_;
    if (transfer.state == State::ended || transfer.state == State::failed) return true;
  }
  return false;
}

}  // namespace mqtt_native::mqtt
