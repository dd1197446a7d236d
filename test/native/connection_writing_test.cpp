// How packets leave a connection.

#include <doctest/doctest.h>

#include "connection_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::connack5;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using wire::Bytes;
using Fixture = mqtt_native::test::ConnectionFixture;

TEST_CASE("our CONNECT goes out in place of Paho's") {
  Fixture fixture;
  CHECK(fixture.send(bytes({0x10, 2, 9, 9})));
  CHECK(fixture.stream->written.empty());
  fixture.connection->flush();
  CHECK(fixture.stream->written == text("CONNECT"));
}

TEST_CASE("DISCONNECT goes out only as a goodbye that was asked for") {
  Fixture fixture;
  fixture.send(bytes({0xE0, 0}));
  fixture.connection->flush();
  CHECK(fixture.stream->written.empty());
  fixture.connection->say_goodbye(bytes({0xE0, 1, 4}));
  fixture.send(bytes({0xE0, 0}));
  fixture.connection->flush();
  CHECK(fixture.stream->written == bytes({0xE0, 1, 4}));
}

TEST_CASE("publishes go past Paho with their acknowledgements; those of Paho's packets are for both") {
  Fixture fixture;
  fixture.broker_sends(connack);
  fixture.read_packet();
  fixture.connection->established();
  const Bytes payload = text("x");
  CHECK(fixture.connection->publish({.topic = "t", .payload = payload, .retain = false, .qos = 2}, 50));
  CHECK(fixture.connection->publish({.topic = "t", .payload = payload, .retain = false, .qos = 1}, 51));
  fixture.connection->flush();
  CHECK(fixture.stream->written ==
        bytes({0x34, 6, 0, 1, 't', 0, 1, 'x'}) + bytes({0x32, 6, 0, 1, 't', 0, 2, 'x'}));
  CHECK(fixture.exchanges->begin(wire::PacketType::suback, 52) == 3);

  fixture.broker_sends(bytes({0x90, 3, 0, 3, 0}));  // an answer to what has not been asked yet
  fixture.broker_sends(bytes({0x40, 2, 0, 9}) + bytes({0xB0, 2, 0, 9}) + bytes({0x70, 2, 0, 9}));
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.settled.empty());

  fixture.send_parts({bytes({0x82, 6}), bytes({0, 3, 0, 1, 't', 0})});
  fixture.stream->written.clear();
  fixture.connection->flush();
  fixture.stream->written.clear();
  fixture.broker_sends(bytes({0x50, 2, 0, 1}));
  CHECK_FALSE(fixture.connection->readable());
  fixture.connection->flush();
  CHECK(fixture.stream->written == bytes({0x62, 2, 0, 1}));
  fixture.broker_sends(bytes({0x70, 2, 0, 1}) + bytes({0x70, 2, 0, 1}) + bytes({0x90, 3, 0, 3, 1}));
  CHECK(fixture.read_packet() == bytes({0x90, 3, 0, 3, 1}));
  CHECK(fixture.settled == std::vector<uint32_t>{50, 52});
  fixture.broker_sends(bytes({0x70, 2, 0, 2}));
  CHECK(fixture.connection->readable());
  CHECK(fixture.connection->ending().reason_code == wire::protocol_error);
}

TEST_CASE("a publish of QoS 0 goes past Paho") {
  Fixture fixture(wire::Protocol::v5);
  const Bytes payload = text("hi");
  CHECK_FALSE(fixture.connection->publish({"t", {}, payload, false}, 0));  // not before the CONNACK
  fixture.broker_sends(connack5);
  fixture.read_packet();
  fixture.connection->established();
  CHECK(fixture.connection->publish({"t", {}, payload, true}, 0));
  fixture.connection->flush();
  CHECK(fixture.stream->written == bytes({0x31, 6, 0, 1, 't', 0, 'h', 'i'}));
  fixture.stream->writable = 0;
  while (fixture.connection->publish({"t", {}, Bytes(100'000), false}, 0)) continue;
  CHECK(fixture.connection->backlog() < 2'000'000);
}

TEST_CASE("who was not let publish is told of room, whoever made it") {
  Fixture fixture(wire::Protocol::v5);
  fixture.broker_sends(connack5);
  fixture.read_packet();
  fixture.connection->established();
  fixture.stream->writable = 0;
  while (fixture.connection->publish({"t", {}, Bytes(100'000), false}, 0)) continue;
  CHECK(fixture.rooms == 0);
  fixture.stream->writable = SIZE_MAX;
  fixture.connection->on_ready(false, true, false);
  CHECK(fixture.rooms == 1);
}

TEST_CASE("writing that waited for reading goes on when that has been read") {
  Fixture fixture;
  fixture.establish();
  fixture.stream->writable = 0;
  CHECK(fixture.connection->publish({"t", {}, text("hi"), false}, 0));
  fixture.connection->flush();
  fixture.stream->writable = SIZE_MAX;
  fixture.broker_sends(bytes({0xD0, 0}));
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.stream->written.empty());  // it is not tried at random
  fixture.stream->unblocks = true;
  fixture.broker_sends(bytes({0xD0, 0}));
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.stream->written == bytes({0x30, 5, 0, 1, 't', 'h', 'i'}));
}

TEST_CASE("reading that waited for writing goes on when anybody has written") {
  Fixture fixture(wire::Protocol::v5);
  fixture.broker_sends(connack5);
  fixture.read_packet();
  fixture.connection->established();
  fixture.stream->writable = 0;
  CHECK(fixture.connection->publish({"t", {}, Bytes(2'000'000), false}, 0));
  fixture.connection->on_ready(true, false, false);
  CHECK_FALSE(fixture.connection->has_input());
  CHECK(fixture.unblocked == 0);
  fixture.stream->writable = SIZE_MAX;
  fixture.connection->on_ready(false, true, false);
  fixture.connection->flush();
  CHECK(fixture.unblocked == 1);
  CHECK(fixture.connection->has_input());
}

TEST_CASE("who reads is told of a write that has failed, and finds the end") {
  Fixture fixture;
  fixture.establish();
  CHECK_FALSE(fixture.connection->readable());
  fixture.stream->write_error = EPIPE;
  CHECK(fixture.connection->publish({"t", {}, text("hi"), false}, 0));
  fixture.connection->flush();
  CHECK(fixture.unblocked == 1);
  CHECK(fixture.connection->has_input());
  CHECK(fixture.connection->readable());
  CHECK(fixture.connection->ending().failure.code == "CONNECTION_LOST");
}

TEST_CASE("reading does not wait for writing that waits for reading") {
  Fixture fixture;
  fixture.establish();
  fixture.stream->writable = 0;
  SUBCASE("from the start") {
    fixture.stream->awaits_read = true;
    CHECK(fixture.connection->publish({"t", {}, Bytes(2'000'000), false}, 0));
    fixture.connection->on_ready(true, false, false);
  }
  SUBCASE("once that turns out") {
    CHECK(fixture.connection->publish({"t", {}, Bytes(2'000'000), false}, 0));
    fixture.connection->on_ready(true, false, false);
    CHECK_FALSE(fixture.connection->has_input());
    fixture.stream->awaits_read = true;
    fixture.connection->on_ready(false, true, false);
    CHECK(fixture.unblocked == 1);
  }
  CHECK(fixture.connection->has_input());
  fixture.stream->writable = SIZE_MAX;
  fixture.stream->unblocks = true;
  fixture.broker_sends(bytes({0xD0, 0}));
  CHECK_FALSE(fixture.connection->readable());
  fixture.connection->flush();
  CHECK(fixture.connection->backlog() == 0);
}

TEST_CASE("Paho's packets leave with its own flush, also behind a publish of the program's") {
  Fixture fixture;
  fixture.broker_sends(connack);
  fixture.read_packet();
  fixture.connection->established();
  CHECK(fixture.connection->publish({"t", {}, {}, false}, 0));
  CHECK(fixture.send(bytes({0x40, 2, 0, 1})));
  CHECK_FALSE(fixture.send(bytes({0x40, 2, 0, 2})));
  fixture.connection->flush();
  CHECK(fixture.send(bytes({0x40, 2, 0, 3})));
}

TEST_CASE("what is repeated leaves with a flush, and no more of it is taken than of other publishes") {
  constexpr size_t size = 100'000;
  constexpr uint32_t count = 20;
  constexpr size_t publish_limit = 512 * 1024;
  Fixture fixture;
  fixture.exchanges->keep_publishes(true);
  for (uint32_t token = 0; token < count; token++)
    fixture.exchanges->keep(fixture.exchanges->begin(wire::PacketType::puback, token), Bytes(size));
  fixture.exchanges->on_connection_end();
  fixture.establish();
  for (size_t taken = 0, portions = 1; taken < count; portions++) {
    const size_t before = taken;
    while (fixture.connection->repeat() == size) taken++;
    CHECK(fixture.stream->written.size() == before * size);
    CHECK((taken - before) * size <= publish_limit + size);
    if (taken < count) CHECK(fixture.rooms == portions - 1);
    fixture.connection->flush();
    if (taken < count) CHECK(fixture.rooms == portions);
  }
  CHECK(fixture.stream->written.size() == count * size);
}
