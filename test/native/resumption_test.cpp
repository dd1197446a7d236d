// QoS 2 messages that the broker sends again: within a connection, and on the next one after the session was
// resumed.

#include <doctest/doctest.h>

#include <string>

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

/**
 * A CONNECT without clean start. On MQTT 5 it has a session expiry of 60 seconds, and a receive maximum and a
 * topic alias maximum of 1.
 */
Bytes connect_packet(Protocol protocol) {
  if (protocol != Protocol::v5)
    return bytes({0x10, 13, 0, 4}) + text("MQTT") + bytes({4, 0, 0, 60, 0, 1, 'c'});
  return bytes({0x10, 25, 0, 4}) + text("MQTT") +
         bytes({5, 0, 0, 60, 11, 0x11, 0, 0, 0, 60, 0x21, 0, 1, 0x22, 0, 1, 0, 1, 'c'});
}

const Bytes pubrec = bytes({0x50, 2, 0, 7});
const Bytes pubrel = bytes({0x62, 2, 0, 7});
const Bytes pubcomp = bytes({0x70, 2, 0, 7});

struct Fixture : SessionFixture {
  explicit Fixture(Protocol version) : protocol(version) {}

  TestPeer connect(bool session_present) {
    session::ConnectRequest asked = request(protocol, connect_packet(protocol));
    asked.clean = false;
    asked.session_expiry = 60;
    const int present = session_present ? 1 : 0;
    return SessionFixture::connect(asked,
                                   is_v5() ? bytes({0x20, 3, present, 0, 0}) : bytes({0x20, 2, present, 0}));
  }

  /** The QoS 2 message of these tests. Topic and payload are long enough to be noticed if lost. */
  [[nodiscard]] Bytes message(bool again) const {
    const Bytes body = bytes({0, 5}) + text("topic") + bytes({0, 7}) + (is_v5() ? bytes({0}) : Bytes{}) +
                       Bytes(100, std::byte{'x'});
    return bytes({again ? 0x3C : 0x34, static_cast<int>(body.size())}) + body;
  }

  /** Another QoS 2 message under the same identifier, with one character each for topic and payload. */
  [[nodiscard]] Bytes small(bool duplicate, char topic, char payload, Bytes properties = {}) const {
    const auto one = [](char character) { return Bytes(1, static_cast<std::byte>(character)); };
    const Bytes size = bytes({static_cast<int>(properties.size())});
    const Bytes body = bytes({0, 1}) + one(topic) + bytes({0, 7}) +
                       (is_v5() ? size + std::move(properties) : Bytes{}) + one(payload);
    return bytes({duplicate ? 0x3C : 0x34, static_cast<int>(body.size())}) + body;
  }

  /**
   * Sends one message, and after a lost connection the next one. Returns the number of delivered messages.
   */
  int delivered_of(const Bytes& message, const Bytes& next) {
    TestPeer first = connect(false);
    first.write(message);
    CHECK(first.expect(0x50) == pubrec);
    CHECK(events->next().starts_with("message "));
    lose(first);
    TestPeer second = connect(true);
    second.write(next);
    CHECK(second.expect(0x50) == pubrec);
    second.write(pubrel);
    CHECK(second.expect(0x70) == pubcomp);
    second.close();
    int delivered = 1;
    while (events->next().starts_with("message ")) delivered++;
    return delivered;
  }

  void lose(TestPeer& peer) const {
    peer.close();
    CHECK(events->next() == "lost CONNECTION_LOST");
  }

  [[nodiscard]] bool is_v5() const { return protocol == Protocol::v5; }

  const Protocol protocol;
};

Bytes with_identifier(Bytes packet, int identifier) {
  packet.at(packet[0] < std::byte{0x40} ? 10 : 3) = static_cast<std::byte>(identifier);
  return packet;
}

constexpr const char* delivered = "message topic 100";

}  // namespace

TEST_CASE("a repeated QoS 2 message is answered again and delivered once") {
  for (const Protocol protocol : {Protocol::v311, Protocol::v5}) {
    Fixture fixture(protocol);
    TestPeer peer = fixture.connect(false);
    peer.write(fixture.message(false) + fixture.message(true) + fixture.message(true));
    for (int i = 0; i < 3; i++) CHECK(peer.expect(0x50) == pubrec);
    peer.write(pubrel);
    CHECK(peer.expect(0x70) == pubcomp);
    CHECK(fixture.events->next() == delivered);
    CHECK(fixture.events->count() == 2);
  }
}

TEST_CASE("a QoS 2 message repeated in a resumed session is answered and delivered once") {
  for (const Protocol protocol : {Protocol::v311, Protocol::v5}) {
    Fixture fixture(protocol);
    TestPeer first = fixture.connect(false);
    first.write(fixture.message(false));
    CHECK(first.expect(0x50) == pubrec);
    CHECK(fixture.events->next() == delivered);
    fixture.lose(first);

    TestPeer second = fixture.connect(true);
    second.write(fixture.message(true) + fixture.message(true));
    for (int i = 0; i < 2; i++) CHECK(second.expect(0x50) == pubrec);
    second.write(pubrel);
    CHECK(second.expect(0x70) == pubcomp);
    CHECK(fixture.events->count() == 4);

    second.write(fixture.message(false));  // its identifier is free, so this is another message
    CHECK(second.expect(0x50) == pubrec);
    second.write(pubrel);
    CHECK(fixture.events->next() == delivered);
  }
}

TEST_CASE(
    "an unreleased message of a resumed session counts against the receive maximum once it is repeated") {
  Fixture fixture(Protocol::v5);
  TestPeer first = fixture.connect(false);
  first.write(fixture.message(false));
  CHECK(first.expect(0x50) == pubrec);
  CHECK(fixture.events->next() == delivered);
  fixture.lose(first);

  TestPeer second = fixture.connect(true);
  second.write(with_identifier(fixture.message(false), 8));
  CHECK(second.expect(0x50) == with_identifier(pubrec, 8));
  CHECK(fixture.events->next() == delivered);
  second.write(with_identifier(pubrel, 8));
  CHECK(second.expect(0x70) == with_identifier(pubcomp, 8));
  second.write(fixture.message(true));
  CHECK(second.expect(0x50) == pubrec);
  second.write(with_identifier(fixture.message(false), 8));  // a second message: the receive maximum is 1
  CHECK(second.expect(0xE0) == bytes({0xE0, 1, 0x93}));
}

TEST_CASE("an unknown or incompletely received message is delivered") {
  Fixture fixture(Protocol::v5);
  TestPeer first = fixture.connect(false);
  first.write(fixture.message(false));
  CHECK(first.expect(0x50) == pubrec);
  CHECK(fixture.events->next() == delivered);
  fixture.lose(first);

  TestPeer second = fixture.connect(false);  // the broker has begun a new session
  second.write(fixture.message(false));
  CHECK(second.expect(0x50) == pubrec);
  CHECK(fixture.events->next() == delivered);
  second.write(pubrel);
  CHECK(second.expect(0x70) == pubcomp);

  // Larger than one read.
  constexpr size_t size = 200'000;
  Bytes large = bytes({0x34});
  mqtt::append_variable(large, 5 + size);
  large = std::move(large) + bytes({0, 1, 't', 0, 7}) + Bytes(size);
  second.write(Bytes(large.begin(), large.end() - 1));
  fixture.lose(second);

  TestPeer third = fixture.connect(true);
  third.write(large);
  CHECK(third.expect(0x50) == pubrec);
  CHECK(fixture.events->next() == "message t " + std::to_string(size - 1));  // the first byte: no properties
}

TEST_CASE("another message under an unreleased identifier is delivered, whatever its DUP flag") {
  for (const Protocol protocol : {Protocol::v31, Protocol::v311, Protocol::v5}) {
    for (const bool duplicate : {false, true}) {
      Fixture fixture(protocol);
      const Bytes message = fixture.small(false, 't', 'a');
      CHECK(fixture.delivered_of(message, fixture.small(duplicate, 't', 'b')) == 2);
      CHECK(fixture.delivered_of(message, fixture.small(duplicate, 'u', 'a')) == 2);
    }
  }
}

TEST_CASE("the same message under an unreleased identifier is delivered once, also without DUP") {
  for (const Protocol protocol : {Protocol::v311, Protocol::v5}) {
    Fixture fixture(protocol);
    const Bytes message = fixture.small(false, 't', 'a');
    CHECK(fixture.delivered_of(message, message) == 1);
    CHECK(fixture.delivered_of(message, fixture.small(true, 't', 'a')) == 1);
  }
}

TEST_CASE("properties and a topic alias do not distinguish messages") {
  Fixture fixture(Protocol::v5);
  const Bytes expiry = bytes({0x02, 0, 0, 0, 9});
  const Bytes later_expiry = bytes({0x02, 0, 0, 0, 3});
  const Bytes alias = bytes({0x23, 0, 1});
  const Bytes message = fixture.small(false, 't', 'a', expiry);
  CHECK(fixture.delivered_of(message, fixture.small(true, 't', 'a', later_expiry)) == 1);
  CHECK(fixture.delivered_of(message, fixture.small(true, 't', 'a', alias)) == 1);
  CHECK(fixture.delivered_of(fixture.small(false, 't', 'a', alias), message) == 1);
  // A QoS 0 message defines the alias, which replaces the topic in the repeated message.
  const auto aliased = [&](char topic) {
    const Bytes introduction = bytes({0x30, 7, 0, 1, topic, 3}) + alias;
    return introduction + bytes({0x3C, 9, 0, 0, 0, 7, 3}) + alias + bytes({'a'});
  };
  CHECK(fixture.delivered_of(message, aliased('t')) == 2);  // the QoS 0 message counts
  CHECK(fixture.delivered_of(message, aliased('u')) == 3);
}

TEST_CASE("MQTT 3.1 recognises a repeated message by its DUP flag alone") {
  Fixture fixture(Protocol::v31);
  TestPeer first = fixture.connect(false);
  first.write(fixture.message(false));
  CHECK(first.expect(0x50) == pubrec);
  CHECK(fixture.events->next() == delivered);
  fixture.lose(first);

  TestPeer second = fixture.connect(false);  // MQTT 3.1 has no Session Present flag
  second.write(fixture.message(true));
  CHECK(second.expect(0x50) == pubrec);
  second.write(fixture.message(false));
  CHECK(second.expect(0x50) == pubrec);
  CHECK(fixture.events->next() == delivered);
  CHECK(fixture.events->count() == 5);
}
