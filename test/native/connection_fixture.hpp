#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "bytes.hpp"
#include "fake_stream.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::test {

/** The CONNACK of MQTT 5 that accepts a connection and says nothing else. */
inline const wire::Bytes connack5 = bytes({0x20, 3, 0, 0, 0});

/** A connection and both its ends: what Paho does, and what the broker does. */
struct ConnectionFixture {
  explicit ConnectionFixture(wire::Protocol protocol = wire::Protocol::v311,
                             uint32_t maximum = wire::largest_packet,
                             std::function<void(const wire::IncomingPublish&)> message = {},
                             wire::Bytes our_connect = text("CONNECT"))
      : is_v5(protocol == wire::Protocol::v5) {
    auto owned = std::make_unique<FakeStream>();
    stream = owned.get();
    connection = std::make_shared<wire::Connection>(
        wire::ConnectionOptions{.stream = std::move(owned),
                                .protocol = protocol,
                                .connect_packet = std::move(our_connect),
                                .keepalive = std::chrono::seconds(10),
                                .maximum_packet_size = maximum,
                                .connack_deadline = net::never,
                                .congested = congested,
                                .exchanges = exchanges,
                                .message = std::move(message),
                                .settled = [this](const auto& end, auto) { settled.push_back(*end.token); },
                                .announce =
                                    [this](bool more) {
                                      reads++;
                                      announcements += more ? 0 : 1;
                                    },
                                .little =
                                    [this](int) {
                                      offers++;
                                      return takes_offers;
                                    },
                                .room = [this] { rooms++; },
                                .unblocked = [this] { unblocked++; },
                                .drained = [this](const wire::Connection*) { drained = true; }});
  }

  /** Paho has seen a CONNACK. */
  void establish() {
    broker_sends(is_v5 ? connack5 : connack);
    read_packet();
    connection->established();
  }

  void broker_sends(const wire::Bytes& packet) {
    stream->feed(packet);
    connection->on_ready(true, false, false);
  }

  bool send(wire::Bytes packet) {
    const iovec part{packet.data(), packet.size()};
    return connection->send({&part, 1});
  }

  /** As Paho writes: the fixed header first, the rest in parts. */
  void send_parts(std::vector<wire::Bytes> parts) {
    std::vector<iovec> vector;
    vector.reserve(parts.size());
    for (wire::Bytes& part : parts) vector.push_back({part.data(), part.size()});
    connection->send(vector);
  }

  /** As Paho reads: the first byte, the length byte by byte, the rest. */
  wire::Bytes read_packet() {
    wire::Bytes packet;
    take(packet, 1);
    do take(packet, 1);
    while ((packet.back() & std::byte{0x80}) != std::byte{});
    wire::FixedHeader header{};
    REQUIRE(wire::parse_fixed_header(packet, header) == wire::HeaderState::complete);
    while (packet.size() < header.packet_size()) take(packet, header.packet_size() - packet.size());
    return packet;
  }

  void take(wire::Bytes& packet, size_t size) {
    const size_t before = packet.size();
    packet.resize(before + size);
    const ssize_t count = connection->receive(packet.data() + before, size);
    REQUIRE(count > 0);
    packet.resize(before + static_cast<size_t>(count));
  }

  const bool is_v5;
  FakeStream* stream;
  std::shared_ptr<std::atomic<bool>> congested = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<wire::Exchanges> exchanges = std::make_shared<wire::Exchanges>(1);
  std::shared_ptr<wire::Connection> connection;
  std::vector<uint32_t> settled;
  int reads = 0;
  int announcements = 0;  // after which no more followed
  int offers = 0;
  bool takes_offers = true;
  int rooms = 0;
  int unblocked = 0;
  bool drained = false;
};

}  // namespace mqtt_native::test
