// Operations that outlive their connections: expiry, the limits of each connection, and a publish that ends
// them.

#include <doctest/doctest.h>

#include <thread>

#include "lasting_session.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::forgotten;
using mqtt_native::test::LastingSession;
using mqtt_native::test::LastingSessionV5;
using mqtt_native::test::resumed;
using mqtt_native::test::TestPeer;
using mqtt_native::test::operator+;
using mqtt::Bytes;

// ---- message expiry intervals ----

namespace {

/** The message expiry interval of an encoded PUBLISH of QoS 1 with a topic of one character. */
int expiry_in(const Bytes& packet) {
  return std::to_integer<int>(packet.at(12));
}

const Bytes expires_in_5 = bytes({5, 0x02, 0, 0, 0, 5});
const Bytes expires_in_1 = bytes({5, 0x02, 0, 0, 0, 1});

}  // namespace

TEST_CASE("the message expiry interval is reduced by the seconds of the wait") {
  LastingSessionV5 fixture;
  TestPeer first = fixture.connect(LastingSessionV5::connack(false));
  fixture.lose(first);
  CHECK(fixture.publish(1, 1, expires_in_5));
  CHECK(fixture.publish(2, 1, expires_in_1));
  CHECK(fixture.publish(3, 1, bytes({0})));
  std::this_thread::sleep_for(1100ms);
  CHECK(fixture.publish(4, 1, expires_in_1));
  TestPeer second = fixture.connect(LastingSessionV5::connack(true));
  CHECK(expiry_in(second.expect(0x32)) == 4);
  fixture.expect("expired 2");
  second.expect(0x32);
  CHECK(expiry_in(second.expect(0x32)) == 1);
}

TEST_CASE("a publish that is sent anew in a new session has waited since the loss of the connection") {
  LastingSessionV5 fixture;
  TestPeer first = fixture.connect(LastingSessionV5::connack(false));
  CHECK(fixture.publish(1, 1, expires_in_5));
  CHECK(fixture.publish(2, 1, expires_in_1));
  for (const int expiry : {5, 1}) CHECK(expiry_in(first.expect(0x32)) == expiry);
  fixture.lose(first);
  std::this_thread::sleep_for(1100ms);
  TestPeer second = fixture.connect(LastingSessionV5::connack(false));
  CHECK(expiry_in(second.expect(0x32)) == 4);
  fixture.expect("expired 2 sent");
}

TEST_CASE("a publish is taken out at its expiry only if nothing of it was sent") {
  LastingSessionV5 fixture;
  TestPeer first = fixture.connect(LastingSessionV5::connack(false));
  CHECK(fixture.publish(1, 1, expires_in_1));
  first.expect(0x32);
  CHECK_FALSE(fixture.session->expire(1));
  fixture.lose(first);
  CHECK(fixture.publish(2, 1, expires_in_1));
  CHECK(fixture.session->expire(2));
  CHECK_FALSE(fixture.session->expire(2));
  CHECK_FALSE(fixture.session->expire(1));
  TestPeer second = fixture.connect_held(LastingSessionV5::connack(false));
  CHECK_FALSE(fixture.session->expire(1));  // it waits again, but was sent
  fixture.session->proceed();
  second.expect(0x32);
  second.write(bytes({0x40, 2, 0, 2}));
  fixture.expect("completed 1");
}

// ---- the limits of a new connection ----

TEST_CASE("publishes beyond the limits of a new connection are refused, and all others are sent") {
  for (const bool session_present : {true, false}) {
    LastingSessionV5 fixture;
    TestPeer first = fixture.connect(LastingSessionV5::connack(false));
    const Bytes large(100);
    CHECK(fixture.publish(1, 1, {}, "t", large));
    CHECK(fixture.publish(2, 2, {}));
    CHECK(fixture.publish(3, 2, {}));
    CHECK(fixture.submit({.qos = 1, .retain = true, .token = 4, .topics = "t"}));
    CHECK(fixture.publish(5, 1, {}));
    for (const int type : {0x32, 0x34, 0x34, 0x33, 0x32}) first.expect(static_cast<uint8_t>(type));
    first.write(LastingSession::pubrec(2));
    CHECK(first.expect(0x62) == LastingSession::pubrel(2));
    fixture.lose(first);
    CHECK(fixture.publish(6, 0, {}, "t", large));
    CHECK(fixture.publish(7, 1, {}));

    // Maximum packet size 50, maximum QoS 1, no retained messages.
    const Bytes limits = bytes({0x27, 0, 0, 0, 50, 0x24, 1, 0x25, 0});
    TestPeer second = fixture.begin();
    second.write(LastingSessionV5::connack(session_present, limits));
    if (!session_present) {
      fixture.expect("session lost 2 sent");
      fixture.expect("session lost 3 sent");
    }
    fixture.expect("connected");
    fixture.session->proceed();
    if (session_present) CHECK(second.expect(0x62) == LastingSession::pubrel(2));
    CHECK(second.read()->at(6) == std::byte(session_present ? 5 : 6));
    CHECK(second.expect(0x32).at(6) == std::byte(session_present ? 6 : 7));
    fixture.expect("refused 1 with 149 sent");
    if (session_present) fixture.expect("refused 3 with 155 sent");
    fixture.expect("refused 4 with 154 sent");
    fixture.expect("refused 6 with 149");

    // The window does not count refused ones, and their identifiers are not used again.
    CHECK(fixture.session->in_flight() == (session_present ? 3 : 2));
    if (session_present) {
      second.write(LastingSession::pubcomp(2) + LastingSession::puback(1) + LastingSession::puback(5));
      fixture.expect("completed 2");
      fixture.expect("completed 5");
    }
  }
}

TEST_CASE("limits are in force for publishes that are made with the knowledge of earlier ones") {
  LastingSessionV5 fixture;
  TestPeer peer = fixture.connect(LastingSessionV5::connack(false, bytes({0x24, 0, 0x25, 0})));
  CHECK(fixture.publish(1, 1, {}));
  fixture.expect("refused 1 with 155");
  const session::Operation retained{.retain = true, .token = 2, .topics = "t"};
  CHECK_FALSE(fixture.session->publish_now(retained));
  CHECK(fixture.submit(retained));
  fixture.expect("refused 2 with 154");
  CHECK(fixture.publish(3, 0, {}));
  peer.expect(0x30);
}

TEST_CASE("a smaller Receive Maximum bounds repeats, too") {
  LastingSessionV5 fixture;
  TestPeer first = fixture.connect(LastingSessionV5::connack(false));
  for (uint32_t token = 1; token <= 4; token++) CHECK(fixture.publish(token, 1, {}));
  for (int i = 0; i < 4; i++) first.expect(0x32);
  fixture.lose(first);
  TestPeer second = fixture.connect(LastingSessionV5::connack(true, bytes({0x21, 0, 1})));
  for (int identifier = 1; identifier <= 4; identifier++) {
    CHECK(second.expect(0x3A).at(6) == std::byte(identifier));
    CHECK(fixture.session->in_flight() == 1);
    second.write(LastingSession::puback(identifier));
    fixture.expect("completed " + std::to_string(identifier));
  }
}

TEST_CASE("a topic alias is for one connection: it is removed from a publish that waits for the next one") {
  LastingSessionV5 fixture;
  TestPeer first = fixture.connect(LastingSessionV5::connack(false, bytes({0x22, 0, 5})));
  fixture.lose(first);
  const Bytes alias = bytes({3, 0x23, 0, 1});
  CHECK(fixture.publish(1, 0, alias));
  CHECK(fixture.publish(2, 0, alias, ""));
  TestPeer second = fixture.connect(LastingSessionV5::connack(true, bytes({0x22, 0, 5})));
  CHECK(second.expect(0x30) == bytes({0x30, 6, 0, 1, 't', 0, 'h', 'i'}));
  fixture.expect("completed 1");
  fixture.expect("refused 2 with 148");
  CHECK(fixture.publish(3, 0, alias));
  CHECK(second.expect(0x30).size() > 8);
}

// ---- a publish that ends connections ----

TEST_CASE("the first call of a connection is known after its end") {
  LastingSession fixture;
  CHECK_FALSE(fixture.session->last_connection().first_token);
  TestPeer first = fixture.connect_held();
  fixture.renew(10);
  first.expect(0x82);
  first.write(LastingSession::suback(1));
  fixture.expect("completed 10");
  fixture.session->proceed();
  fixture.publish_text(11, 0);
  fixture.publish_text(12, 1);
  fixture.publish_text(13, 1);
  first.expect(0x30);
  first.expect(0x32);
  first.expect(0x32);
  fixture.expect("completed 11");
  fixture.lose(first);
  auto record = fixture.session->last_connection();
  CHECK(record.first_token == 12);
  CHECK_FALSE(record.acknowledged);
  CHECK(record.end >= record.first_sent);

  TestPeer second = fixture.connect(resumed);
  second.expect(0x3A);
  second.expect(0x3A);
  second.write(LastingSession::puback(3));
  fixture.expect("completed 13");
  fixture.lose(second);
  record = fixture.session->last_connection();
  CHECK(record.first_token == 12);
  CHECK(record.acknowledged);

  TestPeer third = fixture.connect_held(resumed);
  fixture.lose(third);
  CHECK_FALSE(fixture.session->last_connection().first_token);
}

TEST_CASE("repeats go one by one until the broker acknowledges something") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  for (uint32_t token = 1; token <= 4; token++) fixture.publish_text(token, 1);
  for (int i = 0; i < 4; i++) first.expect(0x32);
  fixture.lose(first);
  fixture.next.one_by_one = true;
  TestPeer second = fixture.connect(resumed);
  second.expect(0x3A);
  CHECK(fixture.session->in_flight() == 1);
  fixture.lose(second);
  fixture.session->refuse(1);
  TestPeer third = fixture.connect(resumed);
  CHECK(third.expect(0x3A) == LastingSession::hi(0x3A, 2));
  CHECK(fixture.session->in_flight() == 1);
  third.write(LastingSession::puback(2));
  fixture.expect("completed 2");
  for (const int identifier : {3, 4}) CHECK(third.expect(0x3A) == LastingSession::hi(0x3A, identifier));
}

TEST_CASE("a refused operation is not sent again, wherever it is") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.subscribe(1);
  fixture.publish_text(2, 2);
  fixture.publish_text(3, 1);
  first.expect(0x82);
  first.expect(0x34);
  first.expect(0x32);
  fixture.lose(first);
  fixture.publish_text(4, 1);
  for (const uint32_t token : {1U, 2U, 4U, 5U}) fixture.session->refuse(token);
  TestPeer second = fixture.connect(forgotten);
  CHECK(second.expect(0x32) == LastingSession::hi(0x32, 4));
  second.write(LastingSession::puback(4));
  fixture.expect("completed 3");
  CHECK(fixture.session->queued() == 0);
}
