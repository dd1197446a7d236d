#include <utility>

#include "../native/bytes.hpp"
#include "../native/fake_stream.hpp"
#include "mqtt/connection.hpp"
#include "mqtt/packet.hpp"
#include "targets.hpp"

namespace mqtt_native::fuzz {

using mqtt_native::test::bytes;
using mqtt_native::test::FakeStream;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt_native::mqtt::Bytes;
using mqtt_native::mqtt::BytesView;
using mqtt_native::mqtt::Connection;
using mqtt_native::mqtt::Protocol;

namespace {

constexpr uint32_t small_maximum = 300;

/** CONNECT with the authentication method "m", topic aliases up to 2 and a receive maximum of 2. */
Bytes connect_packet(Protocol protocol) {
  if (protocol != Protocol::v5) return mqtt_native::test::connect_packet;
  return bytes({0x10, 23, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 10}) +
         bytes({0x15, 0, 1, 'm', 0x22, 0, 2, 0x21, 0, 2, 0, 0});
}

/** A connection whose control plane answers at once. */
class Peer final : mqtt_native::mqtt::ConnectionListener {
 public:
  Peer(Protocol protocol, uint32_t maximum) : maximum_(maximum) {
    auto owned = std::make_unique<FakeStream>();
    stream_ = owned.get();
    connection_ = std::make_unique<Connection>(mqtt_native::mqtt::ConnectionOptions{
        .stream = std::move(owned),
        .limits = mqtt_native::mqtt::read_client_limits(connect_packet(protocol), protocol),
        .maximum_packet_size = maximum,
        .topic_aliases = true,
        .inflight = inflight_,
        .listener = {std::shared_ptr<void>(), this}});
    connection_->writer().send_control(connect_packet(protocol));
  }

  void hear(BytesView piece) {
    stream_->feed({piece.begin(), piece.end()});
    if (piece.size() % 2 == 0) read_elsewhere();
    connection_->on_ready(true, true, false);
    for (int rounds = 0; rounds < 1'000; rounds++) {
      connection_->read();
      if (std::exchange(accepted_, false)) occupy();
      if (!connection_->has_input()) break;
    }
    connection_->end_batch(false);
    require(!has_events_);
    connection_->tick(base::Clock::now());
    connection_->writer().flush();
  }

  void end() {
    stream_->ended = true;
    connection_->on_ready(true, true, true);
    do connection_->read();
    while (connection_->has_input());
    require(has_ended_ || connection_->awaits_resume());
    require(!connection_->close_reason().failure.code.empty());
    connection_->close();
    connection_->drains(base::Clock::now());
    connection_->release();
  }

 private:
  /** As a thread does that is not the receive thread. */
  void read_elsewhere() {
    (void)connection_->try_read();
    has_events_ = false;
  }

  void on_control_packet(BytesView packet) override {
    require(!has_ended_);
    mqtt_native::mqtt::FixedHeader header{};
    require(mqtt_native::mqtt::parse_fixed_header(packet, header) ==
                mqtt_native::mqtt::HeaderState::complete &&
            header.packet_size() == packet.size());
    using Type = mqtt_native::mqtt::PacketType;
    require(header.type == Type::connack || header.type == Type::suback || header.type == Type::unsuback);
    if (header.type == Type::connack)
      accepted_ = mqtt_native::mqtt::byte_at(packet, header.header_size + 1) == 0;
  }
  void on_authentication(BytesView packet) override { require(!packet.empty() && !has_ended_); }
  void on_message(const mqtt_native::mqtt::IncomingPublish& publish) override {
    has_events_ = true;
    require(!has_ended_);
    require(mqtt_native::mqtt::is_topic_name(std::as_bytes(std::span(publish.topic))));
    require(publish.payload.size() <= maximum_ && publish.qos <= 2);
  }
  void on_answered(const mqtt_native::mqtt::InflightTable::Completed& end, BytesView) override {
    require(end.token.has_value() && (answered_ >> *end.token & 1U) == 0);  // once
    answered_ |= 1U << *end.token;
    has_events_ = true;
  }
  void on_deviation(mqtt_native::mqtt::Deviation) override {}
  void on_batch_end(bool more) override { has_events_ = more; }
  void on_low_traffic(int) override {}
  void on_writable() override {}
  void on_read_resumable() override {}
  void on_end() override {
    require(!has_ended_);
    has_ended_ = true;
  }
  void on_drained(const Connection*) override {}

  /** Connected: from now on something awaits each kind of acknowledgement. */
  void occupy() {
    connection_->resume();
    const Bytes payload = text("x");
    occupy({.topic = "t", .payload = payload, .qos = 1}, mqtt_native::mqtt::PacketType::puback, 1);
    occupy({.topic = "t", .payload = payload, .qos = 2}, mqtt_native::mqtt::PacketType::pubrec, 2);
    require(inflight_->allocate(mqtt_native::mqtt::PacketType::suback, 3) == 3);
    connection_->writer().send_control(bytes({0x82, 6, 0, 3, 0, 1, 't', 0}));
    require(inflight_->allocate(mqtt_native::mqtt::PacketType::unsuback, 4) == 4);
    connection_->writer().send_control(bytes({0xA2, 5, 0, 4, 0, 1, 't'}));
    connection_->writer().publish({.topic = "topic"}, 5);
  }

  /** Limits of the broker may refuse the publish. Its identifier is in use all the same. */
  void occupy(const mqtt_native::mqtt::OutgoingPublish& publish, mqtt_native::mqtt::PacketType answer,
              uint32_t token) {
    if (!connection_->writer().publish(publish, token)) inflight_->allocate(answer, token, true);
  }

  const uint32_t maximum_;
  std::shared_ptr<mqtt_native::mqtt::InflightTable> inflight_ =
      std::make_shared<mqtt_native::mqtt::InflightTable>(1);
  bool accepted_ = false;    // the connection has just been
  bool has_events_ = false;  // that have not been reported as a batch
  bool has_ended_ = false;
  uint32_t answered_ = 0;  // a bit for each token
  FakeStream* stream_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

void mqtt(Input input) {
  Source source(input);
  const uint8_t choices = source.byte();
  Peer peer((choices & 1) != 0 ? Protocol::v5 : Protocol::v311,
            (choices & 2) != 0 ? small_maximum : mqtt_native::mqtt::largest_packet);
  const size_t piece = (choices & 4) != 0 ? 1U + (choices >> 3U) : SIZE_MAX;
  while (!source.done()) peer.hear(source.bytes(piece));
  peer.end();
}

}  // namespace mqtt_native::fuzz
