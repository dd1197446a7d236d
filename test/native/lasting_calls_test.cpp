// Operations that outlive their connections: those that are cancelled, dropped or renewed.

#include <doctest/doctest.h>

#include "lasting_session.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::forgotten;
using mqtt_native::test::LastingSession;
using mqtt_native::test::resumed;
using mqtt_native::test::TestPeer;
using mqtt_native::test::operator+;
using mqtt::Bytes;

// ---- cancelled ----

TEST_CASE("an operation that is cancelled between two connections is never sent") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.lose(first);
  for (uint32_t token = 1; token <= 4; token++) fixture.publish_text(token, 1);
  for (const uint32_t token : {1U, 3U}) CHECK(fixture.session->cancel(token));
  CHECK(fixture.session->queued() == 2);
  TestPeer second = fixture.connect(resumed);
  for (int identifier = 1; identifier <= 2; identifier++)
    CHECK(second.expect(0x32) == LastingSession::hi(0x32, identifier));
  CHECK_FALSE(fixture.session->cancel(4));
  second.write(LastingSession::puback(1));
  fixture.expect("completed 2");
}

TEST_CASE("a publish whose call has ended is repeated in a resumed session, and dropped with a lost one") {
  for (const Bytes& answer : {resumed, forgotten}) {
    LastingSession fixture;
    TestPeer first = fixture.connect();
    for (uint32_t token = 1; token <= 4; token++) fixture.publish_text(token, token == 3 ? 2 : 1);
    for (const int type : {0x32, 0x32, 0x34, 0x32}) first.expect(static_cast<uint8_t>(type));
    CHECK_FALSE(fixture.session->cancel(1));
    fixture.lose(first);
    for (const uint32_t token : {3U, 4U}) CHECK_FALSE(fixture.session->cancel(token));
    TestPeer second = fixture.connect(answer);
    if (answer == resumed) {
      for (int identifier = 1; identifier <= 4; identifier++)
        CHECK(second.read() == LastingSession::hi(identifier == 3 ? 0x3C : 0x3A, identifier));
    } else {
      CHECK(second.expect(0x32) == LastingSession::hi(0x32, 5));
      second.write(LastingSession::puback(5));
      fixture.expect("completed 2");
      CHECK(fixture.session->queued() == 0);
    }
  }
}

TEST_CASE("a request whose call has ended is not sent again") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  for (uint32_t token = 1; token <= 3; token++) fixture.subscribe(token);
  for (int i = 0; i < 3; i++) first.expect(0x82);
  CHECK_FALSE(fixture.session->cancel(1));  // it was sent
  fixture.lose(first);
  CHECK_FALSE(fixture.session->cancel(2));
  TestPeer second = fixture.connect(resumed);
  CHECK(second.expect(0x82) == LastingSession::subscribe_packet(4));
  second.write(LastingSession::suback(4));
  fixture.expect("completed 3");
}

TEST_CASE("calls that end before their answer leave nothing behind") {
  LastingSession fixture;
  TestPeer peer = fixture.connect();
  for (uint32_t token = 1; token <= 1'000; token++) {
    fixture.publish_text(token, 1);
    peer.expect(0x32);
    CHECK_FALSE(fixture.session->cancel(token));
    peer.write(bytes({0x40, 2, static_cast<int>(token >> 8), static_cast<int>(token & 0xFF)}));
    fixture.expect("completed " + std::to_string(token));
    CHECK_FALSE(fixture.session->cancel(token));  // too late
  }
  CHECK(fixture.session->in_flight() == 0);
}

TEST_CASE("dropped operations are neither sent nor reported") {
  for (const bool outlives : {true, false}) {
    LastingSession fixture;
    fixture.next.clean = !outlives;
    TestPeer first = fixture.connect();
    fixture.publish_text(1, 1);
    fixture.subscribe(2);
    first.expect(0x32);
    first.expect(0x82);
    fixture.lose(first);
    fixture.publish_text(3, 0);
    fixture.session->drop();
    CHECK(fixture.session->queued() == 0);
    fixture.publish_text(4, 0);  // waits for the next connect
    TestPeer second = fixture.connect(outlives ? resumed : forgotten);
    if (outlives) CHECK(second.expect(0x3A) == LastingSession::hi(0x3A, 1));
    second.expect(0x30);
    fixture.expect("completed 4");
  }
}

TEST_CASE("a session that is disposed between two connections ends with its queue") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 2);
  first.expect(0x34);
  fixture.lose(first);
  for (uint32_t token = 2; token <= 1'000; token++) fixture.publish_text(token, 1);
}

TEST_CASE("a deliberate end keeps the queue until it is dropped") {
  LastingSession fixture;
  fixture.next.inflight_limit = 1;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 1);
  fixture.publish_text(2, 1);
  first.expect(0x32);
  fixture.session->disconnect(bytes({0xE0, 0}));
  first.expect(0xE0);
  first.close();
  fixture.expect("closed");
  fixture.publish_text(3, 1);  // not taken
  CHECK_FALSE(fixture.session->cancel(1));
  CHECK(fixture.session->cancel(2));
  CHECK(fixture.session->cancel(3));
  fixture.session->drop();
}

// ---- the bytes of the queue ----

TEST_CASE("a queue takes so many bytes of publishes, and everything that need not wait") {
  LastingSession fixture(10);
  fixture.next.inflight_limit = 1;
  TestPeer first = fixture.connect();
  const session::Operation large{.qos = 1, .token = 1, .topics = "0123456789abcdef"};
  CHECK(fixture.submit(large));
  first.expect(0x32);
  CHECK_FALSE(fixture.submit(large));
  for (uint32_t token = 2; token <= 4; token++) fixture.publish_text(token, 1);
  CHECK_FALSE(fixture.submit({.qos = 0, .token = 5, .topics = "ab"}));
  CHECK(fixture.submit({.qos = 0, .token = 6, .topics = "a"}));
  fixture.subscribe(7);
  CHECK(fixture.session->cancel(3));
  fixture.publish_text(8, 0);
  fixture.lose(first);
  CHECK_FALSE(fixture.submit({.qos = 0, .token = 9, .topics = "a"}));
  TestPeer second = fixture.connect(resumed);
  second.expect(0x3A);
  second.write(LastingSession::puback(1));
  fixture.expect("completed 1");
  second.expect(0x32);
  CHECK(fixture.submit({.qos = 0, .token = 10, .topics = "a"}));
}

// ---- renewals ----

TEST_CASE("nothing is sent before the renewals, and everything follows them") {
  LastingSession fixture;
  fixture.next.inflight_limit = 1;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 1);
  first.expect(0x32);
  fixture.lose(first);
  fixture.publish_text(2, 0);

  TestPeer second = fixture.connect_held(forgotten);
  const session::Operation direct{.token = 0, .topics = "t"};
  CHECK_FALSE(fixture.session->publish_now(direct));
  fixture.publish_text(3, 0);
  fixture.renew(10);
  fixture.renew(11);
  for (const int identifier : {2, 3})
    CHECK(second.expect(0x82) == LastingSession::subscribe_packet(identifier));
  second.write(LastingSession::suback(2));
  fixture.expect("completed 10");
  CHECK(fixture.session->in_flight() == 0);  // renewals are outside the window
  CHECK(fixture.session->queued() == 3);
  fixture.session->proceed();
  CHECK(second.expect(0x32) == LastingSession::hi(0x32, 4));
  for (int i = 0; i < 2; i++) second.expect(0x30);
  fixture.expect("completed 2");
  fixture.expect("completed 3");
  CHECK(fixture.session->publish_now(direct));
}

TEST_CASE("repeats of a resumed session are held, too") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 1);
  first.expect(0x32);
  fixture.lose(first);
  TestPeer second = fixture.connect_held(resumed);
  fixture.renew(10);
  second.expect(0x82);
  fixture.session->proceed();
  second.expect(0x3A);
}

TEST_CASE("publishes follow renewals that are given together with the end of the hold") {
  for (int i = 0; i < 20; i++) {
    LastingSession fixture;
    TestPeer peer = fixture.connect_held(resumed);
    for (uint32_t token = 1; token <= 20; token++) fixture.publish_text(token, 0);
    for (uint32_t token = 21; token <= 30; token++) fixture.renew(token);
    fixture.session->proceed();
    fixture.publish_text(31, 1);
    for (int count = 0; count < 10; count++) peer.expect(0x82);
    for (int count = 0; count < 20; count++) peer.expect(0x30);
    peer.expect(0x32);
  }
}

TEST_CASE("a renewal ends with its connection, answered or not") {
  LastingSession fixture;
  TestPeer first = fixture.connect_held();
  fixture.renew(1);
  first.expect(0x82);
  fixture.lose(first);
  fixture.renew(2);  // there is no connection
  TestPeer second = fixture.connect_held();
  fixture.renew(3);
  CHECK(second.expect(0x82) == LastingSession::subscribe_packet(2));
  second.write(LastingSession::suback(2));
  fixture.expect("completed 3");
  fixture.renew(4);
  second.expect(0x82);
  fixture.session->proceed();
  fixture.publish_text(5, 1);
  second.expect(0x32);
  fixture.renew(6);  // later, for a single filter
  second.expect(0x82);
}
