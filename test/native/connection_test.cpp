// Deadlines, keepalive and the ends of a connection.

#include <doctest/doctest.h>

#include <cerrno>

#include "connection_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::connack5;
using mqtt_native::test::FakeStream;
using mqtt_native::test::publish;
using mqtt_native::test::operator+;
using Fixture = mqtt_native::test::ConnectionFixture;

TEST_CASE("after a DISCONNECT the broker is waited for, although the socket is writable") {
  Fixture fixture;
  fixture.connection->writer().send_control(bytes({0xE0, 0}));
  fixture.connection->close();
  const base::TimePoint now = base::Clock::now();
  CHECK(fixture.connection->drains(now));
  CHECK(fixture.stream->written == bytes({0xE0, 0}));
  CHECK(fixture.stream->finished);
  fixture.connection->on_ready(false, true, false);  // as epoll reports the own shutdown(2)
  CHECK(fixture.connection->drains(now));
  fixture.stream->ended = true;
  fixture.connection->on_ready(true, true, true);
  CHECK_FALSE(fixture.connection->drains(now));
}

TEST_CASE("a connection that closes without a DISCONNECT does not drain") {
  Fixture fixture;
  fixture.establish();
  fixture.connection->close();
  CHECK_FALSE(fixture.connection->drains(base::Clock::now()));
  fixture.connection->release();
  CHECK(fixture.drained);
}

TEST_CASE("a protocol error ends the connection; on MQTT 5 a DISCONNECT is sent") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  fixture.read(bytes({0x36, 4, 0, 1, 't', 0}));
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().failure.code == "PROTOCOL_ERROR");
  CHECK(fixture.connection->close_reason().reason_code == mqtt::malformed_packet);
  CHECK(fixture.stream->written == bytes({0xE0, 1, 0x81}));
}

TEST_CASE("the first end counts, and is reported once") {
  Fixture fixture;
  fixture.establish();
  fixture.connection->abort({"FIRST", "first"});
  fixture.connection->abort({"SECOND", "second"});
  fixture.stream->ended = true;
  fixture.read({});
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().failure.code == "FIRST");
}

TEST_CASE("everything that arrived before the end is delivered before the end") {
  Fixture fixture;
  fixture.establish();
  fixture.stream->ended = true;
  fixture.read(publish(1) + bytes({0x30, 9}));
  CHECK(fixture.messages == 1);
  CHECK_FALSE(fixture.is_over());
  fixture.connection->on_ready(true, false, true);
  fixture.connection->read();
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().failure.code == "CONNECTION_LOST");
}

TEST_CASE("after a failed write the broker's earlier packets are still read") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  fixture.stream->feed(bytes({0xE0, 1, 0x8E}));
  fixture.stream->write_error = EPIPE;
  CHECK(fixture.connection->writer().publish({.topic = "t"}, 0));
  fixture.connection->writer().flush();
  fixture.connection->on_ready(true, true, true);
  fixture.connection->read();
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().packet == bytes({0xE0, 1, 0x8E}));
}

TEST_CASE("the deadline runs until the session is connected, though the CONNACK has arrived") {
  Fixture fixture;
  const base::TimePoint deadline = base::Clock::now();
  auto owned = std::make_unique<FakeStream>();
  owned->feed(connack);
  mqtt::Connection connection({.stream = std::move(owned),
                               .keepalive = 0s,
                               .connack_deadline = deadline,
                               .listener = {std::shared_ptr<void>(), &fixture}});
  connection.read();
  CHECK(fixture.control_packets.size() == 1);
  CHECK(connection.due() == deadline);
  SUBCASE("a pending session") {
    connection.tick(deadline);
    CHECK(connection.close_reason().failure.code == "TIMEOUT");
    CHECK(fixture.ends == 1);
  }
  SUBCASE("a connected session") {
    connection.resume();
    CHECK(connection.due() == base::never);
  }
}

TEST_CASE("keepalive begins with the CONNACK, and a silent broker ends the connection") {
  Fixture fixture;
  CHECK(fixture.connection->due() == base::never);
  fixture.establish();
  const base::TimePoint now = base::Clock::now();
  fixture.connection->tick(now + 5s);
  CHECK(fixture.stream->written.empty());
  fixture.connection->tick(now + 9s);
  CHECK(fixture.stream->written == bytes({0xC0, 0}));
  fixture.connection->tick(now + 15s);
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().reason_code == mqtt::keep_alive_timeout);
}

TEST_CASE("an unread answer keeps the connection alive") {
  Fixture fixture;
  fixture.establish();
  const base::TimePoint now = base::Clock::now();
  fixture.connection->tick(now + 9s);
  fixture.stream->feed(bytes({0xD0, 0}));  // without a readiness event
  fixture.connection->tick(now + 15s);
  CHECK_FALSE(fixture.is_over());
}

TEST_CASE("a broker that falls silent within a packet ends the connection") {
  Fixture fixture;
  fixture.establish();
  const base::TimePoint now = base::Clock::now();
  fixture.read(bytes({0x30, 10, 0, 1}));
  fixture.connection->tick(now + 10s);
  fixture.connection->tick(now + 16s);
  CHECK(fixture.connection->close_reason().reason_code == mqtt::keep_alive_timeout);
}

TEST_CASE("the broker's keep alive replaces the client's") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.read(bytes({0x20, 6, 0, 0, 3, 0x13, 0, 2}));
  fixture.connection->resume();
  fixture.connection->tick(base::Clock::now() + 2s);
  CHECK(fixture.stream->written == bytes({0xC0, 0}));
}

TEST_CASE("a closed connection drains: it sends its last bytes, then waits for the broker to close") {
  Fixture fixture;
  fixture.stream->writable = 0;
  fixture.connection->writer().send_control(bytes({0xE0, 0}));
  fixture.connection->writer().flush();
  fixture.connection->close();
  const base::TimePoint now = base::Clock::now();
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
  fixture.connection->writer().send_control(bytes({0xE0, 0}));
  fixture.connection->close();
  const base::TimePoint now = base::Clock::now();
  CHECK(fixture.connection->drains(now));
  CHECK_FALSE(fixture.connection->drains(now + 2s));
}
