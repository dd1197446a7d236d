#pragma once

#include <chrono>
#include <memory>

#include "bytes.hpp"
#include "paho/session.hpp"
#include "recorder.hpp"
#include "test_broker.hpp"

namespace mqtt_native::test {

/** A session whose packet identifiers begin at 1, what it reports, and the broker that it may connect to. */
struct SessionFixture {
  SessionFixture() = default;
  ~SessionFixture() { session->dispose(); }
  SessionFixture(const SessionFixture&) = delete;
  SessionFixture& operator=(const SessionFixture&) = delete;

  [[nodiscard]] paho::ConnectRequest request(wire::Protocol protocol = wire::Protocol::v311,
                                             const wire::Bytes& packet = connect_packet) const {
    return {.target = {"127.0.0.1", broker.port()},
            .protocol = protocol,
            .connect_packet = packet,
            .deadline = net::Clock::now() + std::chrono::seconds(10)};
  }

  /** Connects as far as CONNECT. */
  TestPeer begin(const paho::ConnectRequest& request) {
    session->connect(request);
    TestPeer peer = broker.accept();
    CHECK(peer.expect(0x10) == request.connect_packet);
    return peer;
  }

  TestPeer connect(const paho::ConnectRequest& request, const wire::Bytes& answer = connack) {
    TestPeer peer = begin(request);
    peer.write(answer);
    CHECK(events->next() == "connected");
    return peer;
  }

  TestBroker broker;
  std::shared_ptr<Recorder> events = std::make_shared<Recorder>();
  std::shared_ptr<paho::Session> session =
      std::make_shared<paho::Session>(events, std::make_shared<wire::Exchanges>(1));
};

}  // namespace mqtt_native::test
