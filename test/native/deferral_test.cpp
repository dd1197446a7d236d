// Messages of QoS 1 and 2 that the receiver acknowledges.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "session_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;
using mqtt::Protocol;

namespace {

constexpr uint16_t receive_maximum = 2;

/** A CONNECT without clean start. On MQTT 5 it has a session expiry of 60 seconds and a receive maximum. */
Bytes connect_packet(Protocol protocol) {
  if (protocol != Protocol::v5)
    return bytes({0x10, 13, 0, 4}) + text("MQTT") + bytes({4, 0, 0, 60, 0, 1, 'c'});
  return bytes({0x10, 22, 0, 4}) + text("MQTT") +
         bytes({5, 0, 0, 60, 8, 0x11, 0, 0, 0, 60, 0x21, 0, receive_maximum, 0, 1, 'c'});
}

Bytes puback(int identifier) {
  return bytes({0x40, 2, 0, identifier});
}

Bytes pubrec(int identifier) {
  return bytes({0x50, 2, 0, identifier});
}

struct Fixture : SessionFixture {
  explicit Fixture(Protocol version = Protocol::v311) : protocol(version) {
    session->defer_acknowledgements();
  }

  TestPeer connect(bool session_present = false) {
    session::ConnectRequest asked = request(protocol, connect_packet(protocol));
    asked.clean = false;
    asked.session_expiry = 60;
    const int present = session_present ? 1 : 0;
    const bool is_v5 = protocol == Protocol::v5;
    return SessionFixture::connect(asked,
                                   is_v5 ? bytes({0x20, 3, present, 0, 0}) : bytes({0x20, 2, present, 0}));
  }

  [[nodiscard]] Bytes message(int qos, int identifier, bool duplicate = false) const {
    const Bytes body =
        bytes({0, 1, 't', 0, identifier}) + (protocol == Protocol::v5 ? bytes({0}) : Bytes{}) + text("x");
    return bytes({0x30 | qos << 1 | (duplicate ? 8 : 0), static_cast<int>(body.size())}) + body;
  }

  /** The broker sends a message, and its event is this. */
  void receive(TestPeer& peer, const Bytes& packet, const std::string& event = "message t 1 deferred") {
    peer.write(packet);
    CHECK(events->next() == event);
  }

  void acknowledge(const Bytes& packets) const { session->acknowledge(events->last_connection(), packets); }

  /** Everything that was sent so far has arrived: the client answers a PUBREL. */
  static void settle(TestPeer& peer) {
    peer.write(bytes({0x62, 2, 0x7F, 0}));
    CHECK(peer.expect(0x70) == bytes({0x70, 2, 0x7F, 0}));
  }

  void lose(TestPeer& peer) const {
    peer.close();
    CHECK(events->next() == "lost CONNECTION_LOST");
  }

  const Protocol protocol;
};

}  // namespace

TEST_CASE("deferred acknowledgements leave when the receiver gives them, in its order") {
  Fixture fixture;
  TestPeer peer = fixture.connect();
  for (int identifier = 1; identifier <= 2; identifier++)
    fixture.receive(peer, fixture.message(1, identifier));
  fixture.receive(peer, fixture.message(2, 3));
  fixture.receive(peer, mqtt_native::test::publish(1), "message t 1");
  Fixture::settle(peer);
  fixture.acknowledge(puback(2) + pubrec(3) + puback(1));
  for (const Bytes& packet : {puback(2), pubrec(3), puback(1)}) CHECK(peer.read() == packet);
}

TEST_CASE("messages are deferred from the moment that the receiver asks for it") {
  SessionFixture fixture;
  TestPeer peer = fixture.connect(fixture.request());
  const auto message = [](int identifier) { return bytes({0x32, 6, 0, 1, 't', 0, identifier, 'x'}); };
  peer.write(message(1));
  CHECK(fixture.events->next() == "message t 1");
  CHECK(peer.expect(0x40) == puback(1));
  fixture.session->defer_acknowledgements();
  peer.write(message(2));
  CHECK(fixture.events->next() == "message t 1 deferred");
  Fixture::settle(peer);
  fixture.session->acknowledge(fixture.events->last_connection(), puback(2));
  CHECK(peer.expect(0x40) == puback(2));
}

TEST_CASE("acknowledgements of an earlier connection are void") {
  Fixture fixture;
  TestPeer first = fixture.connect();
  fixture.receive(first, fixture.message(1, 1));
  const uint16_t earlier = fixture.events->last_connection();
  fixture.lose(first);
  fixture.session->acknowledge(earlier, puback(1));
  TestPeer second = fixture.connect(true);
  fixture.receive(second, fixture.message(1, 1, true));
  CHECK(fixture.events->last_connection() != earlier);
  fixture.session->acknowledge(earlier, puback(1));
  Fixture::settle(second);
  fixture.acknowledge(puback(1));
  CHECK(second.expect(0x40) == puback(1));
}

TEST_CASE("a deferred QoS 2 message that the broker repeats is reported as a repetition") {
  for (const Protocol protocol : {Protocol::v311, Protocol::v5}) {
    Fixture fixture(protocol);
    TestPeer first = fixture.connect();
    fixture.receive(first, fixture.message(2, 7));
    fixture.receive(first, fixture.message(2, 7, true), "message t 1 deferred again");
    Fixture::settle(first);
    fixture.lose(first);
    TestPeer second = fixture.connect(true);
    fixture.receive(second, fixture.message(2, 7, true), "message t 1 deferred again");
    Fixture::settle(second);
    fixture.acknowledge(pubrec(7));
    CHECK(second.expect(0x50) == pubrec(7));
    second.write(bytes({0x62, 2, 0, 7}));
    CHECK(second.expect(0x70) == bytes({0x70, 2, 0, 7}));
    fixture.receive(second, fixture.message(2, 7));
  }
}

TEST_CASE("a deferred QoS 2 message of a lost session is new") {
  Fixture fixture;
  TestPeer first = fixture.connect();
  fixture.receive(first, fixture.message(2, 7));
  fixture.lose(first);
  TestPeer second = fixture.connect(false);
  fixture.receive(second, fixture.message(2, 7));
}

TEST_CASE("a PUBREC with a failing code ends its message, and any other does not") {
  constexpr int not_authorised = 0x87;
  constexpr int no_subscribers = 0x10;
  const auto event_after = [](int reason_code) {
    Fixture fixture(Protocol::v5);
    TestPeer peer = fixture.connect();
    fixture.receive(peer, fixture.message(2, 7));
    fixture.acknowledge(bytes({0x50, 3, 0, 7, reason_code}));
    CHECK(peer.expect(0x50) == bytes({0x50, 3, 0, 7, reason_code}));
    peer.write(fixture.message(2, 7));
    return fixture.events->next();
  };
  CHECK(event_after(not_authorised) == "message t 1 deferred");
  CHECK(event_after(no_subscribers) == "message t 1 deferred again");
}

TEST_CASE("deferred messages beyond the receive maximum are received, and reported once") {
  Fixture fixture(Protocol::v5);
  TestPeer peer = fixture.connect();
  fixture.receive(peer, fixture.message(1, 1));
  fixture.receive(peer, fixture.message(2, 2));
  fixture.acknowledge(puback(1));
  CHECK(peer.expect(0x40) == puback(1));
  fixture.receive(peer, fixture.message(1, 3));
  fixture.acknowledge(bytes({0x50, 3, 0, 2, 0x87}));
  CHECK(peer.expect(0x50) == bytes({0x50, 3, 0, 2, 0x87}));
  fixture.receive(peer, fixture.message(1, 4));
  peer.write(fixture.message(1, 5));
  CHECK(fixture.events->next() == "deviation 3");
  CHECK(fixture.events->next() == "message t 1 deferred");
  fixture.receive(peer, fixture.message(2, 6));
}

TEST_CASE("no acknowledgement leaves after DISCONNECT") {
  Fixture fixture;
  TestPeer peer = fixture.connect();
  for (int identifier = 1; identifier <= 2; identifier++)
    fixture.receive(peer, fixture.message(1, identifier));
  fixture.acknowledge(puback(1));
  fixture.session->disconnect(bytes({0xE0, 0}));
  fixture.acknowledge(puback(2));
  CHECK(peer.read() == puback(1));
  CHECK(peer.read_to_end() == std::vector<Bytes>{bytes({0xE0, 0})});
  CHECK(fixture.events->next() == "closed");
  fixture.acknowledge(puback(2));
}

TEST_CASE("no acknowledgement at all sends nothing") {
  Fixture fixture;
  TestPeer peer = fixture.connect();
  fixture.receive(peer, fixture.message(1, 1));
  fixture.acknowledge({});
  Fixture::settle(peer);
  fixture.acknowledge(puback(1));
  CHECK(peer.expect(0x40) == puback(1));
}
