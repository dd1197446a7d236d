// The packets that a connection sends.

#include <doctest/doctest.h>

#include "connection_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack5;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;
using Fixture = mqtt_native::test::ConnectionFixture;

TEST_CASE("a control packet is sent by a flush, behind earlier packets") {
  Fixture fixture;
  fixture.establish();
  CHECK(fixture.connection->writer().publish({.topic = "t"}, 0));
  fixture.connection->writer().send_control(bytes({0x82, 6, 0, 1, 0, 1, 't', 0}));
  CHECK(fixture.stream->written.empty());
  fixture.connection->writer().flush();
  CHECK(fixture.stream->written == bytes({0x30, 3, 0, 1, 't'}) + bytes({0x82, 6, 0, 1, 0, 1, 't', 0}));
}

TEST_CASE("nothing is sent behind a DISCONNECT") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  fixture.connection->writer().send_control(bytes({0xE0, 0}));
  CHECK_FALSE(fixture.connection->writer().publish({.topic = "t"}, 0));
  fixture.read(bytes({0x32, 6, 0, 1, 't', 0, 9, 0}));
  fixture.connection->authenticate(bytes({0xF0, 0}));
  fixture.connection->tick(base::Clock::now() + std::chrono::seconds(9));
  fixture.connection->abort({"ABORTED", "enough"}, 0x80);
  fixture.connection->writer().flush();
  CHECK(fixture.stream->written == bytes({0xE0, 0}));
}

TEST_CASE("publishes are acknowledged, and an answer completes only a sent packet") {
  Fixture fixture;
  fixture.establish();
  const Bytes payload = text("x");
  CHECK(fixture.connection->writer().publish({.topic = "t", .payload = payload, .retain = false, .qos = 2},
                                             50));
  CHECK(fixture.connection->writer().publish({.topic = "t", .payload = payload, .retain = false, .qos = 1},
                                             51));
  fixture.connection->writer().flush();
  CHECK(fixture.stream->written ==
        bytes({0x34, 6, 0, 1, 't', 0, 1, 'x'}) + bytes({0x32, 6, 0, 1, 't', 0, 2, 'x'}));
  CHECK(fixture.inflight->allocate(mqtt::PacketType::suback, 52) == 3);
  fixture.control_packets.clear();

  const Bytes suback = bytes({0x90, 3, 0, 3, 1});
  fixture.broker_sends(suback);  // an answer to a request that has not been sent
  fixture.read(bytes({0x40, 2, 0, 9}) + bytes({0xB0, 2, 0, 9}) + bytes({0x70, 2, 0, 9}));
  CHECK(fixture.control_packets.empty());
  CHECK(fixture.answered.empty());

  fixture.connection->writer().send_control(bytes({0x82, 6, 0, 3, 0, 1, 't', 0}));
  fixture.connection->writer().flush();
  fixture.stream->written.clear();
  fixture.read(bytes({0x50, 2, 0, 1}));
  fixture.connection->writer().flush();
  CHECK(fixture.stream->written == bytes({0x62, 2, 0, 1}));
  fixture.read(bytes({0x70, 2, 0, 1}) + bytes({0x70, 2, 0, 1}) + suback);
  CHECK(fixture.control_packets == std::vector<Bytes>{suback});
  CHECK(fixture.answered == std::vector<uint32_t>{50, 52});
  fixture.read(bytes({0x70, 2, 0, 2}));
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().reason_code == mqtt::protocol_error);
}

TEST_CASE("publishes are accepted once the session is connected, up to a limit") {
  Fixture fixture(mqtt::Protocol::v5);
  const Bytes payload = text("hi");
  CHECK_FALSE(fixture.connection->writer().publish({"t", {}, payload, false}, 0));
  fixture.read(connack5);
  CHECK_FALSE(fixture.connection->writer().publish({"t", {}, payload, false}, 0));
  fixture.connection->resume();
  CHECK(fixture.connection->writer().publish({"t", {}, payload, true}, 0));
  fixture.connection->writer().flush();
  CHECK(fixture.stream->written == bytes({0x31, 6, 0, 1, 't', 0, 'h', 'i'}));
  fixture.stream->writable = 0;
  while (fixture.connection->writer().publish({"t", {}, Bytes(100'000), false}, 0)) continue;
  CHECK(fixture.connection->writer().backlog() < 2'000'000);
}

TEST_CASE("a refused publish is followed by a notification, whichever thread made room") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  fixture.stream->writable = 0;
  while (fixture.connection->writer().publish({"t", {}, Bytes(100'000), false}, 0)) continue;
  CHECK(fixture.writables == 0);
  fixture.stream->writable = SIZE_MAX;
  fixture.connection->on_ready(false, true, false);
  CHECK(fixture.writables == 1);
}

TEST_CASE("a write that waited for input continues after the read") {
  Fixture fixture;
  fixture.establish();
  fixture.stream->writable = 0;
  CHECK(fixture.connection->writer().publish({"t", {}, text("hi"), false}, 0));
  fixture.connection->writer().flush();
  fixture.stream->writable = SIZE_MAX;
  fixture.broker_sends(bytes({0xD0, 0}));
  fixture.connection->read();
  CHECK(fixture.stream->written.empty());  // no write without readiness
  fixture.stream->unblocks = true;
  fixture.broker_sends(bytes({0xD0, 0}));
  fixture.connection->read();
  CHECK(fixture.stream->written == bytes({0x30, 5, 0, 1, 't', 'h', 'i'}));
}

TEST_CASE("reading that waited for writing continues after any thread's write") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  fixture.stream->writable = 0;
  CHECK(fixture.connection->writer().publish({"t", {}, Bytes(2'000'000), false}, 0));
  fixture.connection->on_ready(true, false, false);
  CHECK_FALSE(fixture.connection->has_input());
  CHECK(fixture.resumables == 0);
  fixture.stream->writable = SIZE_MAX;
  fixture.connection->on_ready(false, true, false);
  fixture.connection->writer().flush();
  CHECK(fixture.resumables == 1);
  CHECK(fixture.connection->has_input());
}

TEST_CASE("a failed write is notified, and reading finds the end") {
  Fixture fixture;
  fixture.establish();
  fixture.connection->read();
  fixture.stream->write_error = EPIPE;
  CHECK(fixture.connection->writer().publish({"t", {}, text("hi"), false}, 0));
  fixture.connection->writer().flush();
  CHECK(fixture.resumables == 1);
  CHECK(fixture.connection->has_input());
  fixture.connection->read();
  CHECK(fixture.connection->close_reason().failure.code == "CONNECTION_LOST");
}

TEST_CASE("reading does not wait for writing that waits for reading") {
  Fixture fixture;
  fixture.establish();
  fixture.stream->writable = 0;
  SUBCASE("from the start") {
    fixture.stream->awaits_read = true;
    CHECK(fixture.connection->writer().publish({"t", {}, Bytes(2'000'000), false}, 0));
    fixture.connection->on_ready(true, false, false);
  }
  SUBCASE("once that turns out") {
    CHECK(fixture.connection->writer().publish({"t", {}, Bytes(2'000'000), false}, 0));
    fixture.connection->on_ready(true, false, false);
    CHECK_FALSE(fixture.connection->has_input());
    fixture.stream->awaits_read = true;
    fixture.connection->on_ready(false, true, false);
    CHECK(fixture.resumables == 1);
  }
  CHECK(fixture.connection->has_input());
  fixture.stream->writable = SIZE_MAX;
  fixture.stream->unblocks = true;
  fixture.broker_sends(bytes({0xD0, 0}));
  fixture.connection->read();
  fixture.connection->writer().flush();
  CHECK(fixture.connection->writer().backlog() == 0);
}

TEST_CASE("resent publishes are sent by a flush, and are bounded like other publishes") {
  constexpr size_t size = 100'000;
  constexpr uint32_t count = 20;
  constexpr size_t publish_limit = 512 * 1024;
  Fixture fixture;
  fixture.inflight->keep(mqtt_native::mqtt::InflightTable::Keeps::publishes);
  for (uint32_t token = 0; token < count; token++)
    fixture.inflight->store_packet(fixture.inflight->allocate(mqtt::PacketType::puback, token), Bytes(size));
  fixture.inflight->on_connection_end();
  fixture.establish();
  for (size_t taken = 0, portions = 1; taken < count; portions++) {
    const size_t before = taken;
    while (fixture.connection->writer().resend().size == size) taken++;
    CHECK(fixture.stream->written.size() == before * size);
    CHECK((taken - before) * size <= publish_limit + size);
    if (taken < count) CHECK(fixture.writables == portions - 1);
    fixture.connection->writer().flush();
    if (taken < count) CHECK(fixture.writables == portions);
  }
  CHECK(fixture.stream->written.size() == count * size);
}
