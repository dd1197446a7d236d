// A connection's time and its ends.

#include <doctest/doctest.h>

#include <cerrno>

#include "connection_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::connack5;
using mqtt_native::test::publish;
using mqtt_native::test::operator+;
using Fixture = mqtt_native::test::ConnectionFixture;

TEST_CASE("after a goodbye the broker is waited for, although the socket says that one may write") {
  Fixture fixture;
  fixture.connection->say_goodbye(bytes({0xE0, 0}));
  fixture.send(bytes({0xE0, 0}));
  fixture.connection->close();
  const net::TimePoint now = net::Clock::now();
  CHECK(fixture.connection->drains(now));
  CHECK(fixture.stream->written == bytes({0xE0, 0}));
  CHECK(fixture.stream->finished);
  fixture.connection->on_ready(false, true, false);  // as epoll reports our own shutdown(2)
  CHECK(fixture.connection->drains(now));
  fixture.stream->ended = true;
  fixture.connection->on_ready(true, true, true);
  CHECK_FALSE(fixture.connection->drains(now));
}

TEST_CASE("a violation ends the connection; on MQTT 5 the broker is told") {
  Fixture fixture(wire::Protocol::v5);
  fixture.broker_sends(connack5 + bytes({0x36, 4, 0, 1, 't', 0}));
  fixture.read_packet();
  CHECK(fixture.connection->readable());
  std::byte byte{};
  CHECK(fixture.connection->receive(&byte, 1) == -1);
  CHECK(errno == ECONNRESET);
  CHECK(fixture.connection->ending().failure.code == "PROTOCOL_ERROR");
  CHECK(fixture.connection->ending().reason_code == wire::malformed_packet);
  CHECK(fixture.stream->written == bytes({0xE0, 1, 0x81}));
}

TEST_CASE("what came before the end is delivered before the end") {
  Fixture fixture;
  fixture.stream->ended = true;
  fixture.broker_sends(connack + publish(1) + bytes({0x30, 9}));
  CHECK(fixture.read_packet() == connack);
  CHECK(fixture.read_packet() == publish(1));
  CHECK(fixture.connection->readable() == false);
  fixture.connection->on_ready(true, false, true);
  CHECK(fixture.connection->readable());
  CHECK(fixture.connection->ending().failure.code == "CONNECTION_LOST");
}

TEST_CASE("after a failed write, what the broker said before is still read") {
  Fixture fixture(wire::Protocol::v5);
  fixture.stream->feed(connack5 + bytes({0xE0, 1, 0x8E}));
  fixture.stream->write_error = EPIPE;
  fixture.send(publish(1));
  fixture.connection->flush();
  fixture.connection->on_ready(true, true, true);
  CHECK(fixture.read_packet() == connack5);
  CHECK(fixture.read_packet() == bytes({0xE0, 1, 0x8E}));
  CHECK(fixture.connection->ending().packet == bytes({0xE0, 1, 0x8E}));
}

TEST_CASE("keepalive begins with the CONNACK, and a silent broker is given up") {
  Fixture fixture;
  CHECK(fixture.connection->due() == net::never);
  fixture.broker_sends(connack);
  fixture.read_packet();
  const net::TimePoint now = net::Clock::now();
  fixture.connection->tick(now + 5s);
  CHECK(fixture.stream->written.empty());
  fixture.connection->tick(now + 9s);
  CHECK(fixture.stream->written == bytes({0xC0, 0}));
  fixture.connection->tick(now + 15s);
  CHECK(fixture.connection->readable());
  CHECK(fixture.connection->ending().reason_code == wire::keep_alive_timeout);
}

TEST_CASE("a broker is not given up for an answer that lies unread") {
  Fixture fixture;
  fixture.broker_sends(connack);
  fixture.read_packet();
  const net::TimePoint now = net::Clock::now();
  fixture.connection->tick(now + 9s);
  fixture.stream->feed(bytes({0xD0, 0}));  // and nobody has told us
  fixture.connection->tick(now + 15s);
  CHECK_FALSE(fixture.connection->readable());
}

TEST_CASE("a broker that falls silent within a packet is given up all the same") {
  Fixture fixture;
  fixture.broker_sends(connack);
  fixture.read_packet();
  const net::TimePoint now = net::Clock::now();
  fixture.broker_sends(bytes({0x30, 10, 0, 1}));
  CHECK_FALSE(fixture.connection->readable());
  fixture.connection->tick(now + 10s);
  fixture.connection->tick(now + 16s);
  CHECK(fixture.connection->ending().reason_code == wire::keep_alive_timeout);
}

TEST_CASE("the broker's own keep alive overrules ours") {
  Fixture fixture(wire::Protocol::v5);
  fixture.broker_sends(bytes({0x20, 6, 0, 0, 3, 0x13, 0, 2}));
  fixture.read_packet();
  fixture.connection->tick(net::Clock::now() + 2s);
  CHECK(fixture.stream->written == bytes({0xC0, 0}));
}

TEST_CASE("a closed connection drains: its last bytes leave, then it waits for the broker to close") {
  Fixture fixture;
  fixture.stream->writable = 0;
  fixture.connection->say_goodbye(bytes({0xE0, 0}));
  fixture.send(bytes({0xE0, 0}));
  fixture.connection->flush();
  fixture.connection->close();
  const net::TimePoint now = net::Clock::now();
  CHECK(fixture.connection->drains(now));
  CHECK_FALSE(fixture.stream->finished);
  fixture.stream->writable = 100;
  fixture.connection->on_ready(false, true, false);
  CHECK(fixture.connection->drains(now));
  CHECK(fixture.stream->finished);
  CHECK(fixture.stream->written == bytes({0xE0, 0}));
  fixture.stream->ended = true;
  fixture.connection->on_ready(true, false, true);
  CHECK_FALSE(fixture.connection->drains(now));
  fixture.connection->release();
  CHECK(fixture.drained);
}

TEST_CASE("a broker that never closes is not waited for") {
  Fixture fixture;
  fixture.connection->say_goodbye(bytes({0xE0, 0}));
  fixture.send(bytes({0xE0, 0}));
  fixture.connection->close();
  const net::TimePoint now = net::Clock::now();
  CHECK(fixture.connection->drains(now));
  CHECK_FALSE(fixture.connection->drains(now + 2s));
}
