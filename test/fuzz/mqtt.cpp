#include "../native/bytes.hpp"
#include "../native/fake_stream.hpp"
#include "targets.hpp"
#include "wire/connection.hpp"
#include "wire/utf8.hpp"

namespace mqtt_native::fuzz {

using mqtt_native::test::bytes;
using mqtt_native::test::FakeStream;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt_native::wire::Bytes;
using mqtt_native::wire::Connection;
using mqtt_native::wire::Protocol;

namespace {

constexpr uint32_t small_maximum = 300;

/** CONNECT with the authentication method "m", topic aliases up to 2 and a receive maximum of 2. */
Bytes connect_packet(Protocol protocol) {
  if (protocol != Protocol::v5) return mqtt_native::test::connect_packet;
  return bytes({0x10, 23, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 10}) +
         bytes({0x15, 0, 1, 'm', 0x22, 0, 2, 0x21, 0, 2, 0, 0});
}

/** A connection that is driven in the same way as Paho drives it. */
class Peer {
 public:
  Peer(Protocol protocol, uint32_t maximum) {
    auto owned = std::make_unique<FakeStream>();
    stream_ = owned.get();
    connection_ = std::make_shared<Connection>(mqtt_native::wire::ConnectionOptions{
        .stream = std::move(owned),
        .protocol = protocol,
        .connect_packet = connect_packet(protocol),
        .maximum_packet_size = maximum,
        .topic_aliases = true,
        .congested = nullptr,
        .exchanges = exchanges_,
        .authentication = [](mqtt_native::wire::BytesView packet) { require(!packet.empty()); },
        .message =
            [this, maximum](const mqtt_native::wire::IncomingPublish& publish) {
              has_news_ = true;
              require(mqtt_native::wire::is_topic_name(std::as_bytes(std::span(publish.topic))));
              require(publish.payload.size() <= maximum && publish.qos <= 2);
            },
        .settled =
            [this](const mqtt_native::wire::Exchanges::Settled& end, mqtt_native::wire::BytesView) {
              require(end.token.has_value() && (settled_ >> *end.token & 1U) == 0);  // each token once
              settled_ |= 1U << *end.token;
              has_news_ = true;
            },
        .announce = [this](bool more) { has_news_ = more; },
        .little = [](int) { return true; },
        .drained = {}});
    send({bytes({0x10, 2}), bytes({0, 0})});
  }

  void hear(mqtt_native::wire::BytesView piece) {
    stream_->feed({piece.begin(), piece.end()});
    if (piece.size() % 2 == 0) read_little();
    connection_->on_ready(true, true, false);
    for (int rounds = 0; rounds < 1'000 && connection_->readable() && read_packet();) rounds++;
    connection_->announce_news(false);
    require(!has_news_);
    connection_->tick(net::Clock::now());
    connection_->flush();
  }

  void end() {
    stream_->ended = true;
    connection_->on_ready(true, true, true);
    while (connection_->readable() && read_packet()) {
    }
    require(!connection_->ending().failure.code.empty());
    connection_->close();
    connection_->drains(net::Clock::now());
    connection_->release();
  }

 private:
  /** Reads as a thread other than Paho's does. */
  void read_little() {
    (void)connection_->read_little();
    has_news_ = false;
  }

  /** Sends each part separately, as Paho does: the fixed header first. */
  void send(std::vector<Bytes> parts) {
    std::vector<iovec> vector;
    vector.reserve(parts.size());
    for (Bytes& part : parts) vector.push_back({part.data(), part.size()});
    connection_->send(vector);
  }

  /** Returns false when the rest of a packet has not arrived yet. */
  bool read_packet() {
    mqtt_native::wire::FixedHeader header{};
    auto state = mqtt_native::wire::parse_fixed_header(packet_, header);
    while (state == mqtt_native::wire::HeaderState::incomplete) {
      if (!take(packet_, 1)) return false;
      state = mqtt_native::wire::parse_fixed_header(packet_, header);
    }
    require(state == mqtt_native::wire::HeaderState::complete);
    while (packet_.size() < header.packet_size())
      if (!take(packet_, std::min<size_t>(header.packet_size() - packet_.size(), 4'096))) return false;
    packet_.clear();
    if (header.type == mqtt_native::wire::PacketType::connack) occupy();
    return true;
  }

  bool take(Bytes& packet, size_t size) {
    const size_t before = packet.size();
    packet.resize(before + size);
    const ssize_t count = connection_->receive(packet.data() + before, size);
    packet.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    return count > 0;
  }

  /** Makes one operation of each kind wait for its acknowledgement. */
  void occupy() {
    connection_->established();
    const Bytes payload = text("x");
    connection_->publish({.topic = "t", .payload = payload, .qos = 1}, 1);
    connection_->publish({.topic = "t", .payload = payload, .qos = 2}, 2);
    require(exchanges_->begin(mqtt_native::wire::PacketType::suback, 3) == 3);
    send({bytes({0x82, 6}), bytes({0, 3, 0, 1, 't', 0})});
    require(exchanges_->begin(mqtt_native::wire::PacketType::unsuback, 4) == 4);
    send({bytes({0xA2, 5}), bytes({0, 4, 0, 1, 't'})});
    connection_->publish({.topic = "topic"}, 5);
  }

  std::shared_ptr<mqtt_native::wire::Exchanges> exchanges_ =
      std::make_shared<mqtt_native::wire::Exchanges>(1);
  bool has_news_ = false;  // not yet announced
  uint32_t settled_ = 0;   // one bit for each token
  Bytes packet_;           // the part that has been read
  FakeStream* stream_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace

void wire(Input input) {
  Source source(input);
  const uint8_t choices = source.byte();
  Peer peer((choices & 1) != 0 ? Protocol::v5 : Protocol::v311,
            (choices & 2) != 0 ? small_maximum : mqtt_native::wire::largest_packet);
  const size_t piece = (choices & 4) != 0 ? 1U + (choices >> 3U) : SIZE_MAX;
  while (!source.done()) peer.hear(source.bytes(piece));
  peer.end();
}

}  // namespace mqtt_native::fuzz
