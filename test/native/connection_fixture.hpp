#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "bytes.hpp"
#include "fake_stream.hpp"
#include "mqtt/connection.hpp"

namespace mqtt_native::test {

/** An accepting CONNACK of MQTT 5 without properties. */
inline const mqtt::Bytes connack5 = bytes({0x20, 3, 0, 0, 0});

/** A connection, the broker's end of it, and its events. */
struct ConnectionFixture : mqtt::ConnectionListener {
  using OnMessage = std::function<void(const mqtt::IncomingPublish&)>;
  using Layer = std::function<std::unique_ptr<net::Stream>(std::unique_ptr<net::Stream>)>;

  explicit ConnectionFixture(mqtt::Protocol protocol = mqtt::Protocol::v311,
                             uint32_t maximum = mqtt::largest_packet, OnMessage message = {},
                             const mqtt::Bytes& our_connect = {}, const Layer& layer = {})
      : is_v5(protocol == mqtt::Protocol::v5), note_message(std::move(message)) {
    auto owned = std::make_unique<FakeStream>();
    stream = owned.get();
    connection = std::make_unique<mqtt::Connection>(
        mqtt::ConnectionOptions{.stream = layer ? layer(std::move(owned)) : std::move(owned),
                                .limits = mqtt::read_client_limits(our_connect, protocol),
                                .keepalive = std::chrono::seconds(10),
                                .maximum_packet_size = maximum,
                                .paused = paused,
                                .inflight = inflight,
                                .listener = {std::shared_ptr<void>(), this}});
  }
  ConnectionFixture(const ConnectionFixture&) = delete;
  ConnectionFixture& operator=(const ConnectionFixture&) = delete;

  void on_control_packet(mqtt::BytesView packet) override {
    control_packets.emplace_back(packet.begin(), packet.end());
  }
  void on_authentication(mqtt::BytesView) override {}
  void on_message(const mqtt::IncomingPublish& message) override {
    messages++;
    if (note_message) note_message(message);
  }
  void on_answered(const mqtt::InflightTable::Completed& end, mqtt::BytesView) override {
    answered.push_back(*end.token);
  }
  void on_deviation(mqtt::Deviation) override {}
  void on_batch_end(bool more) override {
    reads++;
    batches += more ? 0 : 1;
  }
  void on_low_traffic(int) override { offers++; }
  void on_writable() override { writables++; }
  void on_read_resumable() override { resumables++; }
  void on_end() override { ends++; }
  void on_drained(const mqtt::Connection*) override { drained = true; }

  /** The broker sends a CONNACK, and the session is connected. */
  void establish() {
    read(is_v5 ? connack5 : connack);
    connection->resume();
  }

  void broker_sends(const mqtt::Bytes& packet) {
    stream->feed(packet);
    connection->on_ready(true, false, false);
  }

  void read(const mqtt::Bytes& packet) {
    broker_sends(packet);
    connection->read();
  }

  void read_all() {
    while (connection->has_input()) connection->read();
  }

  /** Sends a request of the control plane with this token and the next identifier. */
  uint16_t send_subscribe(uint32_t token) {
    const uint16_t identifier = inflight->allocate(mqtt::PacketType::suback, token);
    connection->writer().send_control(bytes({0x82, 6, 0, identifier, 0, 1, 't', 0}));
    return identifier;
  }

  [[nodiscard]] bool is_over() const { return ends > 0; }

  const bool is_v5;
  const OnMessage note_message;
  FakeStream* stream;
  std::shared_ptr<std::atomic<bool>> paused = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<mqtt::InflightTable> inflight = std::make_shared<mqtt::InflightTable>(1);
  std::vector<mqtt::Bytes> control_packets;
  std::vector<uint32_t> answered;
  size_t messages = 0;
  int reads = 0;
  int batches = 0;  // completed batches
  int offers = 0;
  int writables = 0;
  int resumables = 0;
  int ends = 0;
  bool drained = false;
  std::unique_ptr<mqtt::Connection> connection;
};

}  // namespace mqtt_native::test
