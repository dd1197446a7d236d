#pragma once

#include <chrono>
#include <memory>

#include "bytes.hpp"
#include "recorder.hpp"
#include "services.hpp"
#include "test_broker.hpp"

namespace mqtt_native::test {

/** A session whose packet identifiers begin at 1, its events, and a broker. */
struct SessionFixture {
  explicit SessionFixture(std::shared_ptr<session::LoopDelivery> delivery = nullptr,
                          const session::QueueOptions& queue = {})
      : session(std::make_shared<session::Session>(services(), events, std::move(delivery), queue,
                                                   std::make_shared<mqtt::InflightTable>(1))) {}
  ~SessionFixture() { session->dispose(); }
  SessionFixture(const SessionFixture&) = delete;
  SessionFixture& operator=(const SessionFixture&) = delete;

  [[nodiscard]] session::ConnectRequest request(mqtt::Protocol protocol = mqtt::Protocol::v311,
                                                const mqtt::Bytes& packet = connect_packet) const {
    return {.target = {"127.0.0.1", broker.port()},
            .protocol = protocol,
            .connect_packet = packet,
            .deadline = base::Clock::now() + std::chrono::seconds(10)};
  }

  /** Starts a connect and receives its CONNECT. */
  TestPeer begin(const session::ConnectRequest& request) {
    session->connect(request);
    TestPeer peer = broker.accept();
    CHECK(peer.expect(0x10) == request.connect_packet);
    return peer;
  }

  TestPeer connect(const session::ConnectRequest& request, const mqtt::Bytes& answer = connack) {
    TestPeer peer = begin(request);
    peer.write(answer);
    CHECK(events->next() == "connected");
    return peer;
  }

  TestBroker broker;
  std::shared_ptr<Recorder> events = std::make_shared<Recorder>();
  std::shared_ptr<session::Session> session;
};

}  // namespace mqtt_native::test
