#include "session/session.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

#include "session_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::publish;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;

namespace {

constexpr std::string_view topic = "t";

struct Fixture : SessionFixture {
  using SessionFixture::connect;

  TestPeer connect(bool clean = true, const Bytes& answer = connack) {
    session::ConnectRequest asked = request();
    asked.clean = clean;
    return connect(asked, answer);
  }

  void publish_text(uint32_t token, uint8_t qos) const {
    submit({.qos = qos, .token = token, .topics = topic, .payload = std::as_bytes(std::span("hi", 2))});
  }

  void submit(const session::Operation& operation) const {
    session->submit(operation);
    session->flush();
  }
};

}  // namespace

TEST_CASE("connect, publish at each QoS, receive, disconnect") {
  Fixture fixture;
  TestPeer peer = fixture.connect();
  fixture.publish_text(1, 0);
  CHECK(peer.expect(0x30) == bytes({0x30, 5, 0, 1, 't', 'h', 'i'}));
  CHECK(fixture.events->next() == "completed 1");

  fixture.publish_text(2, 1);
  CHECK(peer.expect(0x32) == bytes({0x32, 7, 0, 1, 't', 0, 1, 'h', 'i'}));
  peer.write(bytes({0x40, 2, 0, 1}));
  CHECK(fixture.events->next() == "completed 2");

  fixture.publish_text(3, 2);
  peer.expect(0x34);
  peer.write(bytes({0x50, 2, 0, 2}));
  peer.expect(0x62);
  CHECK(fixture.events->count() == 3);
  peer.write(bytes({0x70, 2, 0, 2}));
  CHECK(fixture.events->next() == "completed 3");

  peer.write(publish(4) + bytes({0x32, 6, 0, 1, 't', 0, 9, 'x'}));
  CHECK(fixture.events->next() == "message t 4");
  CHECK(fixture.events->next() == "message t 1");
  CHECK(peer.expect(0x40) == bytes({0x40, 2, 0, 9}));

  fixture.session->disconnect(bytes({0xE0, 0}));
  peer.expect(0xE0);
  CHECK_FALSE(peer.read());
  peer.close();
  CHECK(fixture.events->next() == "closed");
}

TEST_CASE("subscribe and unsubscribe carry all their filters") {
  Fixture fixture;
  TestPeer peer = fixture.connect();
  const auto filters = std::string_view("\0\1a\0\1b", 6);
  const Bytes options = bytes({0, 2});
  fixture.submit(
      {.kind = session::Operation::Kind::subscribe, .token = 1, .topics = filters, .options = options});
  CHECK(peer.expect(0x82) == bytes({0x82, 10, 0, 1, 0, 1, 'a', 0, 0, 1, 'b', 2}));
  peer.write(bytes({0x90, 4, 0, 1, 0, 0x80}));
  CHECK(fixture.events->next() == "completed 1");
  fixture.submit({.kind = session::Operation::Kind::unsubscribe, .token = 2, .topics = filters});
  CHECK(peer.expect(0xA2) == bytes({0xA2, 8, 0, 2, 0, 1, 'a', 0, 1, 'b'}));
  peer.write(bytes({0xB0, 2, 0, 2}));
  CHECK(fixture.events->next() == "completed 2");
}

TEST_CASE("a refused or unanswered connect fails, and the next attempt succeeds") {
  Fixture fixture;
  TestPeer refusing = fixture.begin(fixture.request());
  refusing.write(bytes({0x20, 2, 0, 5}));
  CHECK(fixture.events->next() == "failed CONNECTION_REFUSED");

  auto hurried = fixture.request();
  hurried.deadline = base::Clock::now() + 50ms;
  fixture.session->connect(hurried);
  TestPeer silent = fixture.broker.accept();
  CHECK(fixture.events->next() == "failed TIMEOUT");

  TestPeer closing = fixture.begin(fixture.request());  // an unread CONNECT would cause a reset
  closing.close();
  CHECK(fixture.events->next() == "failed CONNECTION_LOST");

  TestPeer babbling = fixture.begin(fixture.request());
  babbling.write(text("HTTP/1.1 400 Bad Request\r\n"));
  CHECK(fixture.events->next() == "failed PROTOCOL_ERROR");

  TestPeer aborted = fixture.begin(fixture.request());
  fixture.session->abort({"ABORTED", "enough"});
  CHECK(fixture.events->next() == "failed ABORTED");

  TestPeer peer = fixture.connect();
}

TEST_CASE("a lost connection completes all operations, and queued ones are not sent on the next one") {
  Fixture fixture;
  TestPeer first = fixture.connect(false);
  for (uint32_t token = 1; token <= 30; token++) fixture.publish_text(token, 1);
  for (int i = 0; i < 20; i++) first.expect(0x32);
  first.close();
  CHECK(fixture.events->next() == "lost CONNECTION_LOST");
  fixture.publish_text(99, 1);  // not connected: dropped, `closed` has completed it

  // The broker has no session, so no old packet is resent.
  TestPeer second = fixture.connect(false);
  fixture.publish_text(100, 0);
  CHECK(second.expect(0x30) == bytes({0x30, 5, 0, 1, 't', 'h', 'i'}));
  CHECK(fixture.events->next() == "completed 100");
}

TEST_CASE("a resumed session resends unacknowledged packets, in that session only") {
  Fixture other;
  TestPeer bystander = other.connect(false);
  other.publish_text(1, 1);
  bystander.expect(0x32);

  Fixture fixture;
  TestPeer first = fixture.connect(false);
  fixture.publish_text(1, 1);
  fixture.publish_text(2, 2);
  first.expect(0x32);
  first.expect(0x34);
  first.close();
  CHECK(fixture.events->next() == "lost CONNECTION_LOST");

  TestPeer second = fixture.connect(false, bytes({0x20, 2, 1, 0}));
  CHECK(second.expect(0x3A) == bytes({0x3A, 7, 0, 1, 't', 0, 1, 'h', 'i'}));
  second.expect(0x3C);

  // The other session is not affected: it receives this packet next.
  other.publish_text(2, 0);
  bystander.expect(0x30);
}

TEST_CASE("a resumed session resends a large backlog in order") {
  constexpr size_t count = 300;
  Fixture fixture;
  auto request = fixture.request();
  request.clean = false;
  request.inflight_limit = count;
  const Bytes payload(10'000, std::byte{'x'});
  TestPeer first = fixture.connect(request);
  for (uint32_t token = 1; token <= count; token++)
    fixture.submit({.qos = 1, .token = token, .topics = topic, .payload = payload});
  for (size_t i = 0; i < count; i++) first.expect(0x32);
  first.close();
  CHECK(fixture.events->next() == "lost CONNECTION_LOST");
  TestPeer second = fixture.connect(request, bytes({0x20, 2, 1, 0}));
  for (size_t i = 1; i <= count; i++) {
    const Bytes packet = second.expect(0x3A);
    CHECK(mqtt::uint16_at(packet, 6) == i);  // behind the fixed header of three bytes and the topic
    CHECK(packet.size() == 8 + payload.size());
  }
}

TEST_CASE("a resumed session resends though all identifiers are in use") {
  constexpr uint32_t count = 65'535;
  Fixture fixture;
  auto request = fixture.request();
  request.clean = false;
  request.inflight_limit = count;
  TestPeer first = fixture.connect(request);
  for (uint32_t token = 1; token <= count; token++) fixture.publish_text(token, 1);
  for (uint32_t i = 0; i < count; i++) first.expect(0x32);
  first.close();
  CHECK(fixture.events->next() == "lost CONNECTION_LOST");
  TestPeer second = fixture.connect(request, bytes({0x20, 2, 1, 0}));
  for (int i = 1; i <= 100; i++) CHECK(second.expect(0x3A) == bytes({0x3A, 7, 0, 1, 't', 0, i, 'h', 'i'}));
}

TEST_CASE("no more than the window is in flight, and the rest follows in order") {
  Fixture fixture;
  auto request = fixture.request();
  request.inflight_limit = 2;
  TestPeer peer = fixture.connect(request);
  for (uint32_t token = 1; token <= 5; token++) fixture.publish_text(token, 1);
  peer.expect(0x32);
  peer.expect(0x32);
  CHECK(fixture.session->in_flight() == 2);
  for (int id = 1; id <= 3; id++) {
    peer.write(bytes({0x40, 2, 0, id}));
    CHECK(peer.expect(0x32).at(6) == static_cast<std::byte>(id + 2));
    CHECK(fixture.events->next() == "completed " + std::to_string(id));
  }
}

TEST_CASE("large publishes are sent complete and in order while more are submitted") {
  constexpr uint32_t count = 300;
  constexpr size_t size = 64 * 1024;
  Fixture fixture;
  TestPeer peer = fixture.connect();
  for (uint32_t token = 1; token <= count; token++)
    fixture.submit({.token = token, .topics = topic, .payload = Bytes(size, static_cast<std::byte>(token))});
  for (uint32_t token = 1; token <= count; token++) {
    const Bytes packet = peer.expect(0x30);
    const Bytes payload(packet.end() - size, packet.end());
    REQUIRE(payload == Bytes(size, static_cast<std::byte>(token)));
  }
}

TEST_CASE("sending begins before the end of a long burst of large publishes") {
  const Bytes payload(40 * 1024);
  Fixture fixture;
  TestPeer peer = fixture.connect();
  // not flushed
  for (uint32_t token = 1; token <= 8; token++)
    fixture.session->submit({.token = token, .topics = topic, .payload = payload});
  for (int i = 0; i < 8; i++) CHECK(peer.expect(0x30).size() > payload.size());
}

TEST_CASE("a publish that is copied while the connection is lost is not sent on the next one") {
  const Bytes large(4 * 1024 * 1024);
  Fixture fixture;
  for (int i = 0; i < 5; i++) {
    TestPeer peer = fixture.connect();
    std::thread end([&peer] { peer.close(); });
    for (uint32_t token = 1; token <= 20; token++)
      fixture.submit({.token = token, .topics = topic, .payload = large});
    end.join();
    while (!fixture.events->next().starts_with("lost ")) {
    }
    CHECK(fixture.session->queued() == 0);
  }
  TestPeer peer = fixture.connect();
  fixture.publish_text(1, 0);
  CHECK(peer.expect(0x30) == bytes({0x30, 5, 0, 1, 't', 'h', 'i'}));
}

TEST_CASE("an operation can be cancelled until it is sent") {
  Fixture fixture;
  auto request = fixture.request();
  request.inflight_limit = 1;
  TestPeer peer = fixture.connect(request);
  fixture.publish_text(1, 1);
  peer.expect(0x32);
  fixture.publish_text(2, 1);
  fixture.publish_text(3, 0);
  CHECK(fixture.session->cancel(2));
  CHECK_FALSE(fixture.session->cancel(1));
  peer.write(bytes({0x40, 2, 0, 1}));
  peer.expect(0x30);
}

TEST_CASE("after the end of a connection each operation is known to have been sent or not") {
  Fixture fixture;
  auto request = fixture.request();
  request.inflight_limit = 2;
  const auto lose = [&fixture](TestPeer& peer) {
    peer.close();
    CHECK(fixture.events->next() == "lost CONNECTION_LOST");
  };
  {
    TestPeer peer = fixture.connect(request);
    for (uint32_t token = UINT32_MAX; token != 4; token++) fixture.publish_text(token, 1);
    for (int i = 0; i < 2; i++) peer.expect(0x32);
    fixture.publish_text(4, 0);
    CHECK(fixture.session->cancel(2));
    lose(peer);
    fixture.publish_text(5, 1);  // dropped
    for (const uint32_t sent : {UINT32_MAX, 0U}) CHECK_FALSE(fixture.session->cancel(sent));
    for (const uint32_t unsent : {1U, 2U, 3U, 4U, 5U}) CHECK(fixture.session->cancel(unsent));
  }
  TestPeer peer = fixture.connect(request);
  fixture.publish_text(6, 1);
  peer.expect(0x32);
  lose(peer);
  fixture.publish_text(7, 1);
  CHECK_FALSE(fixture.session->cancel(6));
  CHECK(fixture.session->cancel(7));
}
