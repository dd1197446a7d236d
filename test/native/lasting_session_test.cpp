// Operations that outlive their connections: what the next connection sends.

#include "lasting_session.hpp"

#include <doctest/doctest.h>

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::forgotten;
using mqtt_native::test::LastingSession;
using mqtt_native::test::resumed;
using mqtt_native::test::TestPeer;
using mqtt_native::test::operator+;
using mqtt::Bytes;

TEST_CASE("operations that are submitted before the first connection, and between two, are sent in order") {
  LastingSession fixture;
  TestPeer first = fixture.begin();
  fixture.publish_text(1, 0);
  fixture.subscribe(2);
  fixture.publish_text(3, 1);
  CHECK(fixture.session->queued() == 3);
  first.write(forgotten);
  fixture.expect("connected");
  fixture.session->proceed();
  first.expect(0x30);
  CHECK(first.expect(0x82) == LastingSession::subscribe_packet(1));
  CHECK(first.expect(0x32) == LastingSession::hi(0x32, 2));
  fixture.expect("completed 1");
  first.write(LastingSession::suback(1) + LastingSession::puback(2));
  fixture.expect("completed 2");
  fixture.expect("completed 3");
  fixture.lose(first);

  fixture.publish_text(4, 1);
  fixture.unsubscribe(5);
  fixture.publish_text(6, 0);
  TestPeer second = fixture.connect(resumed);
  CHECK(second.expect(0x32) == LastingSession::hi(0x32, 3));
  second.expect(0xA2);
  second.expect(0x30);
}

TEST_CASE("a queue that the window holds up outlives the connection") {
  LastingSession fixture;
  fixture.next.inflight_limit = 1;
  TestPeer first = fixture.connect();
  for (uint32_t token = 1; token <= 3; token++) fixture.publish_text(token, 1);
  fixture.publish_text(4, 0);
  first.expect(0x32);
  fixture.lose(first);
  CHECK(fixture.session->queued() == 3);

  TestPeer second = fixture.connect(resumed);
  CHECK(second.expect(0x3A) == LastingSession::hi(0x3A, 1));
  for (int identifier = 1; identifier <= 2; identifier++) {
    second.write(LastingSession::puback(identifier));
    fixture.expect("completed " + std::to_string(identifier));
    CHECK(second.expect(0x32) == LastingSession::hi(0x32, identifier + 1));
  }
  second.expect(0x30);
  fixture.expect("completed 4");
}

TEST_CASE("a resumed session repeats publishes in order, and their calls complete") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 2);
  fixture.publish_text(2, 1);
  fixture.publish_text(3, 2);
  for (const int type : {0x34, 0x32, 0x34}) first.expect(static_cast<uint8_t>(type));
  first.write(LastingSession::pubrec(1));
  CHECK(first.expect(0x62) == LastingSession::pubrel(1));
  fixture.lose(first);
  fixture.publish_text(4, 1);

  TestPeer second = fixture.connect(resumed);
  CHECK(second.expect(0x62) == LastingSession::pubrel(1));
  CHECK(second.expect(0x3A) == LastingSession::hi(0x3A, 2));
  CHECK(second.expect(0x3C) == LastingSession::hi(0x3C, 3));
  CHECK(second.expect(0x32) == LastingSession::hi(0x32, 4));
  second.write(LastingSession::puback(2) + LastingSession::pubcomp(1) + LastingSession::pubrec(3));
  fixture.expect("completed 2");
  fixture.expect("completed 1");
  CHECK(second.expect(0x62) == LastingSession::pubrel(3));
  second.write(LastingSession::pubcomp(3) + LastingSession::puback(4));
  fixture.expect("completed 3");
  fixture.expect("completed 4");
  CHECK(fixture.session->in_flight() == 0);
}

TEST_CASE("without a session publishes of QoS 1 are sent anew before anything later, and QoS 2 is lost") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 1);
  fixture.publish_text(2, 2);
  fixture.publish_text(3, 2);
  fixture.publish_text(4, 1);
  for (const int type : {0x32, 0x34, 0x34, 0x32}) first.expect(static_cast<uint8_t>(type));
  first.write(LastingSession::pubrec(3));
  first.expect(0x62);
  fixture.lose(first);
  fixture.publish_text(5, 1);
  CHECK(fixture.session->queued() == 1);

  TestPeer second = fixture.begin();
  second.write(forgotten);
  fixture.expect("session lost 2 sent");
  fixture.expect("session lost 3 sent");
  fixture.expect("connected");
  fixture.session->proceed();
  // Identifiers go on, so that none of them is taken for one of the old session.
  for (const int identifier : {5, 6, 7}) {
    CHECK(second.expect(0x32) == LastingSession::hi(0x32, identifier));
    second.write(LastingSession::puback(identifier));
  }
  fixture.expect("completed 1");
  fixture.expect("completed 4");
  fixture.expect("completed 5");
}

TEST_CASE("requests without an answer are sent again as new packets, with or without a session") {
  for (const Bytes& answer : {resumed, forgotten}) {
    LastingSession fixture;
    TestPeer first = fixture.connect();
    fixture.subscribe(1);
    fixture.publish_text(2, 1);
    fixture.unsubscribe(3);
    first.expect(0x82);
    first.expect(0x32);
    first.expect(0xA2);
    fixture.lose(first);
    CHECK(fixture.session->queued() == 2);

    TestPeer second = fixture.connect(answer);
    if (answer == resumed) {
      CHECK(second.expect(0x3A) == LastingSession::hi(0x3A, 2));
      CHECK(second.expect(0x82) == LastingSession::subscribe_packet(4));
    } else {  // in the original order
      CHECK(second.expect(0x82) == LastingSession::subscribe_packet(4));
      CHECK(second.expect(0x32) == LastingSession::hi(0x32, 5));
    }
    CHECK(second.expect(0xA2).at(3) == std::byte(answer == resumed ? 5 : 6));
    second.write(LastingSession::suback(4));
    fixture.expect("completed 1");
  }
}

TEST_CASE("several losses in a row lose nothing, also during repeats") {
  constexpr uint32_t count = 100;
  LastingSession fixture;
  fixture.next.inflight_limit = 10;
  TestPeer first = fixture.connect();
  for (uint32_t token = 1; token <= count; token++) fixture.publish_text(token, 1);
  int next = 1;
  first.expect(0x32);
  fixture.lose(first);
  for (int loss = 0; loss < 5; loss++) {
    TestPeer peer = fixture.connect(resumed);
    for (int identifier = next; identifier < next + 5; identifier++)
      CHECK(peer.expect(0x3A) == LastingSession::hi(0x3A, identifier));
    peer.write(LastingSession::puback(next));
    fixture.expect("completed " + std::to_string(next++));
    fixture.lose(peer);
  }
  TestPeer last = fixture.connect(resumed);
  for (int identifier = next; identifier < next + 10; identifier++) {
    const Bytes packet = *last.read();
    CHECK((packet == LastingSession::hi(0x3A, identifier) || packet == LastingSession::hi(0x32, identifier)));
  }
  for (; next <= static_cast<int>(count); next++) {
    last.write(LastingSession::puback(next));
    fixture.expect("completed " + std::to_string(next));
    if (next + 10 <= static_cast<int>(count)) CHECK(last.expect(0x32) == LastingSession::hi(0x32, next + 10));
  }
}

TEST_CASE("attempts that fail change nothing, also those that would begin a new session") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 2);
  first.expect(0x34);
  first.write(bytes({0x34, 6, 0, 1, 'x', 0, 9, 'y'}));
  CHECK(first.expect(0x50) == LastingSession::pubrec(9));
  fixture.expect("message x 1");
  fixture.lose(first);
  fixture.publish_text(2, 1);
  for (const bool clean : {true, false}) {
    fixture.next.clean = clean;
    TestPeer refusing = fixture.begin();
    if (clean) refusing.write(bytes({0x20, 2, 0, 3}));
    refusing.close();
    fixture.expect(clean ? "failed CONNECTION_REFUSED" : "failed CONNECTION_LOST");
  }
  TestPeer last = fixture.connect(resumed);
  CHECK(last.expect(0x3C) == LastingSession::hi(0x3C, 1));
  CHECK(last.expect(0x32) == LastingSession::hi(0x32, 2));
  last.write(bytes({0x3C, 6, 0, 1, 'x', 0, 9, 'y'}));  // it has been delivered
  CHECK(last.expect(0x50) == LastingSession::pubrec(9));
  last.write(LastingSession::pubrec(1));
  last.expect(0x62);
  last.write(LastingSession::pubcomp(1));
  fixture.expect("completed 1");
}

TEST_CASE("a clean start begins a new session") {
  LastingSession fixture;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 1);
  first.expect(0x32);
  fixture.lose(first);
  fixture.next.clean = true;
  TestPeer second = fixture.connect();
  CHECK(second.expect(0x32) == LastingSession::hi(0x32, 2));
}

TEST_CASE("MQTT 3.1 does not say whether the broker has the session: publishes are repeated") {
  LastingSession fixture;
  fixture.next.protocol = mqtt::Protocol::v31;
  TestPeer first = fixture.connect();
  fixture.publish_text(1, 2);
  first.expect(0x34);
  fixture.lose(first);
  TestPeer second = fixture.connect(forgotten);
  CHECK(second.expect(0x3C) == LastingSession::hi(0x3C, 1));
}

TEST_CASE("a message of QoS 2 of which nothing was written survives the loss of the session") {
  constexpr uint32_t count = 60;
  const Bytes payload(1'000'000, std::byte{'x'});
  LastingSession fixture;
  fixture.next.inflight_limit = count;
  TestPeer first = fixture.connect();
  // The broker reads nothing, so most of them stay in the client.
  for (uint32_t token = 1; token <= count; token++)
    CHECK(fixture.submit({.qos = 2, .token = token, .topics = "t", .payload = payload}));
  fixture.lose(first);
  TestPeer second = fixture.begin();
  second.write(forgotten);
  uint32_t lost = 0;
  std::string event = fixture.events->next();
  for (; event.starts_with("session lost"); event = fixture.events->next()) {
    lost++;
    CHECK(event == "session lost " + std::to_string(lost) + " sent");
  }
  CHECK(event == "connected");
  CHECK(lost < count);
  fixture.session->proceed();
  for (uint32_t token = lost + 1; token <= count; token++) CHECK(second.expect(0x34).size() > payload.size());
}
