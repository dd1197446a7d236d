#include "connection.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace mock_broker {

namespace {

constexpr size_t first_buffer = 16 * 1024;
constexpr size_t largest_read = 256 * 1024;
/** The number of pieces that are written before other connections and incoming packets are handled. */
constexpr int pieces_per_turn = 4;
constexpr uint8_t refused = 0x80;

/** MQTT 5: the Receive Maximum in the properties of a CONNECT. */
std::optional<uint16_t> receive_maximum(View properties) {
  Reader reader(properties);
  while (!reader.rest().empty()) {
    switch (reader.u8()) {
      case 0x21:  // Receive Maximum
        return reader.u16();
      case 0x11:  // Session Expiry Interval
      case 0x27:  // Maximum Packet Size
        reader.take(4);
        break;
      case 0x22:  // Topic Alias Maximum
        reader.take(2);
        break;
      case 0x17:  // Request Problem Information
      case 0x19:  // Request Response Information
        reader.take(1);
        break;
      case 0x26:  // User Property
        reader.binary();
        reader.binary();
        break;
      default:
        throw ProtocolError("a property of CONNECT that is not understood here");
    }
  }
  return std::nullopt;
}

constexpr size_t stamp_begin = 8;
constexpr size_t stamp_end = 16;

/** Writes the current time into a payload: nanoseconds of the monotonic clock, little-endian. */
void stamp(uint8_t* payload) {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  auto nanoseconds = static_cast<uint64_t>(std::chrono::nanoseconds(now).count());
  for (size_t i = stamp_begin; i < stamp_end; i++, nanoseconds >>= 8)
    payload[i] = static_cast<uint8_t>(nanoseconds);
}

}  // namespace

Connection::Connection(int socket, std::unique_ptr<Transport> transport, Hub& hub)
    : socket_(socket),
      transport_(std::move(transport)),
      hub_(hub),
      report_(hub.report()),
      window_(hub.window()),
      incoming_(first_buffer),
      acknowledgements_(report_),
      intake_(report_) {
  report_.connections++;
}

// ---- reading ----

/**
 * Moves the unread bytes to the front. The buffer grows for a client that sends much, and for a large packet.
 */
void Connection::make_room() {
  std::memmove(incoming_.data(), incoming_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const bool is_full = end_ == incoming_.size();
  if (is_full || (last_read_filled_ && incoming_.size() < largest_read))
    incoming_.resize(incoming_.size() * 4);
}

void Connection::on_readable() {
  do read_once();
  while (!over_ && transport_->has_more());
}

void Connection::read_once() {
  if (incoming_.size() - end_ < incoming_.size() / 2 || last_read_filled_) make_room();
  const auto count = transport_->read(std::span(incoming_).subspan(end_));
  if (!count) return end();
  end_ += *count;
  last_read_filled_ = end_ == incoming_.size();
  try {
    while (!over_) {
      const auto packet = first_packet({incoming_.data() + begin_, end_ - begin_});
      if (!packet) break;
      handle(*packet);
      begin_ += packet->size;
    }
  } catch (const ProtocolError& error) {
    report_.violation(error.what());
    end();
  }
  if (begin_ == end_) begin_ = end_ = 0;
  // Acknowledgements may have made room for more of a flood.
  if (!over_ && (!answers_.empty() || !floods_.empty())) hub_.want_pump(*this);
}

void Connection::handle(const Packet& packet) {
  if (!connected_ && packet.type != PacketType::connect)
    throw ProtocolError("a first packet other than CONNECT");
  switch (packet.type) {
    case PacketType::connect:
      return on_connect(packet);
    case PacketType::publish:
      return on_publish(packet);
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubcomp:
      return acknowledgements_.take(packet, answers_);
    case PacketType::pubrel: {
      const uint16_t id = Reader(packet.body).u16();
      intake_.release(id);
      return append_acknowledgement(answers_, PacketType::pubcomp, id);
    }
    case PacketType::subscribe:
      return on_subscribe(packet);
    case PacketType::unsubscribe:
      return on_unsubscribe(packet);
    case PacketType::pingreq:
      return append_header(answers_, PacketType::pingresp, 0, 0);
    case PacketType::disconnect:
      report_.ended_with_disconnect++;
      return end();
    default:
      throw ProtocolError("a packet that only brokers send");
  }
}

void Connection::on_connect(const Packet& packet) {
  if (connected_) throw ProtocolError("a second CONNECT");
  Reader reader(packet.body);
  reader.text();
  const uint8_t level = reader.u8();
  if (level < 3 || level > 5) throw ProtocolError("protocol level " + std::to_string(level));
  v5_ = level == 5;
  reader.u8();
  reader.u16();
  if (v5_) window_ = std::min<size_t>(window_, receive_maximum(reader.properties()).value_or(65'535));
  const bool anonymous = reader.text().empty();
  connected_ = true;
  Bytes properties;
  if (v5_ && anonymous) {
    properties.push_back(0x12);  // Assigned Client Identifier
    append_text(properties, "client-" + std::to_string(report_.connections));
  }
  append_header(answers_, PacketType::connack, 0, static_cast<uint32_t>(v5_ ? 3 + properties.size() : 2));
  answers_.insert(answers_.end(), {0, 0});
  if (!v5_) return;
  append_variable(answers_, static_cast<uint32_t>(properties.size()));
  answers_.insert(answers_.end(), properties.begin(), properties.end());
}

void Connection::on_publish(const Packet& packet) {
  const Incoming message = read_publish(packet, v5_);
  const bool is_new = intake_.accept(message);
  if (message.qos == 1) append_acknowledgement(answers_, PacketType::puback, message.id);
  if (message.qos == 2) append_acknowledgement(answers_, PacketType::pubrec, message.id);
  if (is_new && !message.topic.starts_with("sink/")) hub_.echo(message);
}

void Connection::on_subscribe(const Packet& packet) {
  Reader reader(packet.body);
  const uint16_t id = reader.u16();
  if (v5_) reader.properties();
  Bytes codes;
  while (!reader.rest().empty()) {
    const std::string_view filter = reader.text();
    codes.push_back(subscribe(filter, reader.u8() & 3));
  }
  append_header(answers_, PacketType::suback, 0, static_cast<uint32_t>(2 + (v5_ ? 1 : 0) + codes.size()));
  append_u16(answers_, id);
  if (v5_) answers_.push_back(0);
  answers_.insert(answers_.end(), codes.begin(), codes.end());
}

/** Returns the code for SUBACK. */
uint8_t Connection::subscribe(std::string_view filter, uint8_t qos) {
  if (!is_flood(filter)) {
    hub_.listens(*this);
    echoes_.insert_or_assign(std::string(filter), qos);
    return qos;
  }
  auto order = parse_flood(filter);
  if (!order || order->qos > qos) return refused;
  floods_.emplace_back(std::move(*order), v5_, hub_.flood_block());
  return qos;
}

void Connection::on_unsubscribe(const Packet& packet) {
  Reader reader(packet.body);
  const uint16_t id = reader.u16();
  if (v5_) reader.properties();
  Bytes codes;
  while (!reader.rest().empty()) {
    if (const auto found = echoes_.find(reader.text()); found != echoes_.end()) echoes_.erase(found);
    if (v5_) codes.push_back(0);
  }
  append_header(answers_, PacketType::unsuback, 0, static_cast<uint32_t>(2 + (v5_ ? 1 : 0) + codes.size()));
  append_u16(answers_, id);
  if (v5_) answers_.push_back(0);
  answers_.insert(answers_.end(), codes.begin(), codes.end());
}

void Connection::offer(const Incoming& message) {
  const auto found = echoes_.find(message.topic);
  if (over_ || found == echoes_.end()) return;
  const uint8_t qos = std::min(message.qos, found->second);
  const uint16_t id = qos > 0 ? acknowledgements_.begin(qos) : uint16_t{0};
  append_publish_head(answers_, {message.topic, qos, id, v5_}, message.payload.size());
  answers_.insert(answers_.end(), message.payload.begin(), message.payload.end());
  if (message.topic.starts_with("stamp/") && message.payload.size() >= stamp_end)
    stamp(answers_.data() + answers_.size() - message.payload.size());
  report_.echoed++;
  hub_.want_pump(*this);
}

// ---- writing ----

bool Connection::pump() {
  for (int written = 0; written < pieces_per_turn;) {
    if (over_) return false;
    if (piece_.empty()) piece_ = next_piece();
    if (piece_.empty()) return false;
    const auto count = transport_->write(piece_);
    if (!count) {
      end();
      return false;
    }
    if (*count == 0) return true;
    piece_ = piece_.subspan(*count);
    written++;
  }
  return true;
}

/** Answers precede floods, and nothing may be written between two parts of a packet. */
View Connection::next_piece() {
  if (!answers_.empty()) {
    answers_on_their_way_.clear();
    std::swap(answers_, answers_on_their_way_);
    return answers_on_their_way_;
  }
  while (!floods_.empty() && floods_.front().done()) {
    report_.add(Report::Flood{floods_.front().order().prefix, floods_.front().sent()});
    floods_.pop_front();
  }
  if (floods_.empty()) return {};
  Flood& flood = floods_.front();
  if (flood.order().qos == 0) return flood.next(flood.order().count, acknowledgements_);
  const size_t outstanding = acknowledgements_.outstanding();
  return outstanding < window_ ? flood.next(window_ - outstanding, acknowledgements_) : View{};
}

// ---- the end ----

void Connection::end() {
  if (!std::exchange(over_, true)) hub_.ended(*this);
  for (const Flood& flood : floods_) {
    report_.add(Report::Flood{flood.order().prefix, flood.sent()});
    if (!flood.done()) report_.violation("a client left before the end of " + flood.order().prefix);
  }
  if (const size_t count = acknowledgements_.outstanding(); count > 0)
    report_.violation(std::to_string(count) + " messages were never acknowledged");
  intake_.close();
}

}  // namespace mock_broker
