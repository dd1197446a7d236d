// What a connection does with the bytes that come.

#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "connection_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::connack5;
using mqtt_native::test::publish;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using wire::Bytes;
using Fixture = mqtt_native::test::ConnectionFixture;

TEST_CASE("Paho gets whole packets, one after the other") {
  Fixture fixture;
  CHECK_FALSE(fixture.connection->readable());
  fixture.broker_sends(connack + publish(5) + publish(6));
  CHECK(fixture.connection->readable());
  CHECK(fixture.read_packet() == connack);
  CHECK(fixture.connection->connack() == connack);
  CHECK(fixture.read_packet() == publish(5));
  CHECK(fixture.connection->readable());
  CHECK(fixture.read_packet() == publish(6));
  CHECK_FALSE(fixture.connection->readable());
}

TEST_CASE("a packet is not begun before it is whole, wherever it is cut") {
  const Bytes packet = publish(300);
  for (size_t cut = 0; cut < packet.size(); cut++) {
    Fixture fixture;
    fixture.broker_sends(connack);
    fixture.read_packet();
    fixture.broker_sends({packet.begin(), packet.begin() + static_cast<ptrdiff_t>(cut)});
    CHECK_FALSE(fixture.connection->readable());
    fixture.broker_sends({packet.begin() + static_cast<ptrdiff_t>(cut), packet.end()});
    REQUIRE(fixture.connection->readable());
    CHECK(fixture.read_packet() == packet);
  }
}

TEST_CASE("a large PUBLISH streams through") {
  Fixture fixture;
  fixture.broker_sends(connack);
  fixture.read_packet();
  const Bytes packet = publish(3'000'000);
  fixture.broker_sends({packet.begin(), packet.begin() + 100});
  CHECK(fixture.connection->readable());
  fixture.broker_sends(Bytes(packet.begin() + 100, packet.end()) + publish(1));
  CHECK(fixture.read_packet() == packet);
  CHECK(fixture.read_packet() == publish(1));
}

TEST_CASE("the end is there for Paho, too, when it is found in the middle of a packet") {
  Fixture fixture;
  fixture.establish();
  Bytes front = publish(1'000'000);
  front.resize(100);
  fixture.broker_sends(front);
  CHECK(fixture.connection->readable());
  Bytes taken;
  fixture.take(taken, front.size());
  CHECK(taken == front);
  CHECK_FALSE(fixture.connection->readable());
  fixture.stream->ended = true;
  fixture.connection->on_ready(true, false, true);
  CHECK(fixture.connection->readable());
}

TEST_CASE("PINGRESP is ours, even thousands of them") {
  Fixture fixture;
  Bytes pings;
  for (int i = 0; i < 30'000; i++) pings = std::move(pings) + bytes({0xD0, 0});
  fixture.establish();
  fixture.broker_sends(pings);
  CHECK_FALSE(fixture.connection->readable());
  fixture.broker_sends(publish(1));
  CHECK(fixture.read_packet() == publish(1));
}

TEST_CASE("a packet beyond the limit is refused by its header") {
  Fixture fixture(wire::Protocol::v5, 1000);
  fixture.broker_sends(connack5 + bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F}));
  fixture.read_packet();
  CHECK(fixture.connection->readable());
  CHECK(fixture.connection->ending().reason_code == wire::packet_too_large);
}

TEST_CASE("a packet costs memory as it arrives, not as it is announced") {
  constexpr size_t room = 2 * net::ReadAhead::capacity;
  const Bytes announcements[] = {
      bytes({0x20, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0}),                   // CONNACK
      connack5 + bytes({0x90, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1}),        // SUBACK
      connack5 + bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF}),  // PUBLISH with a long topic
      connack5 +
          bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 't', 0xFF, 0xFF, 0xFF, 0x7E}),  // … and long properties
  };
  for (const Bytes& announcement : announcements) {
    Fixture fixture(wire::Protocol::v5);
    fixture.broker_sends(announcement);
    if (announcement.front() == std::byte{0x20} && announcement[1] == std::byte{3}) fixture.read_packet();
    CHECK_FALSE(fixture.connection->readable());
    fixture.broker_sends(bytes({0}));
    CHECK_FALSE(fixture.connection->readable());
    CHECK(fixture.stream->largest_read <= room);
  }
}

TEST_CASE("nothing is read while the receiver cannot keep up") {
  Fixture fixture;
  *fixture.congested = true;
  fixture.broker_sends(connack);
  CHECK_FALSE(fixture.connection->readable());
  *fixture.congested = false;
  CHECK(fixture.connection->readable());
}

TEST_CASE("messages go past Paho, and are answered as their level of service asks") {
  std::vector<std::string> messages;
  const auto note = [&](const wire::IncomingPublish& publish) {
    messages.push_back(std::string(publish.topic) + ' ' + std::to_string(publish.payload.size()) + ' ' +
                       std::to_string(publish.qos));
  };
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, note);
  fixture.establish();
  const Bytes qos2 = bytes({0x34, 6, 0, 1, 't', 0, 9, 'x'});
  const Bytes again = bytes({0x3C, 6, 0, 1, 't', 0, 9, 'x'});
  const Bytes pubrel = bytes({0x62, 2, 0, 9});
  fixture.broker_sends(publish(5) + bytes({0x32, 6, 0, 1, 't', 0, 9, 'x'}));
  fixture.broker_sends(qos2 + again + pubrel + pubrel + qos2);
  CHECK_FALSE(fixture.connection->readable());
  CHECK(messages == std::vector<std::string>{"t 5 0", "t 1 1", "t 1 2", "t 1 2"});
  CHECK(fixture.connection->claim_replies());
  CHECK_FALSE(fixture.connection->claim_replies());
  fixture.connection->flush();
  const Bytes pubrec = bytes({0x50, 2, 0, 9});
  const Bytes pubcomp = bytes({0x70, 2, 0, 9});
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}) + pubrec + pubrec + pubcomp + pubcomp + pubrec);
}

TEST_CASE("a large message goes through Paho, but for one of QoS 2, of which Paho would keep the payload") {
  constexpr size_t size = 600'000;
  std::vector<size_t> messages;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet,
                  [&](const wire::IncomingPublish& publish) { messages.push_back(publish.payload.size()); });
  fixture.establish();
  Bytes large = bytes({0x34});
  wire::append_variable(large, 5 + size);
  large = std::move(large) + bytes({0, 1, 't', 0, 9}) + Bytes(size);
  for (size_t begin = 0; begin < large.size(); begin += 50'000) {
    CHECK(messages.empty());
    const size_t end = std::min(begin + 50'000, large.size());
    fixture.broker_sends(
        {large.begin() + static_cast<ptrdiff_t>(begin), large.begin() + static_cast<ptrdiff_t>(end)});
    while (fixture.connection->has_input()) CHECK_FALSE(fixture.connection->readable());
  }
  CHECK(messages == std::vector<size_t>{size});
  fixture.broker_sends(publish(size));
  CHECK(fixture.read_packet() == publish(size));
}

TEST_CASE("a message with an alias is delivered under its topic, without the alias") {
  std::vector<std::string> messages;
  const auto note = [&](const wire::IncomingPublish& publish) {
    messages.push_back(std::string(publish.topic) + ' ' + std::to_string(publish.payload.size()) + ' ' +
                       std::to_string(publish.properties.size()));
  };
  const Bytes connect = bytes({0x10, 17, 0, 4}) + text("MQTT") + bytes({5, 2, 0, 60}) +
                        bytes({3, 0x22, 0, 2}) + bytes({0, 1, 'c'});  // with a topic alias maximum of 2
  Fixture fixture(wire::Protocol::v5, wire::largest_packet, note, connect);
  fixture.establish();
  const Bytes alias = bytes({0x23, 0, 1});
  const Bytes format = bytes({1, 1});  // payload format indicator
  fixture.broker_sends(bytes({0x30, 8, 0, 1, 't', 3}) + alias + bytes({'x'}));
  fixture.broker_sends(bytes({0x30, 10, 0, 0, 5}) + alias + format + bytes({'x', 'y'}));
  fixture.broker_sends(bytes({0x34, 8, 0, 0, 0, 9, 3}) + alias);
  CHECK_FALSE(fixture.connection->readable());
  CHECK(messages == std::vector<std::string>{"t 1 0", "t 2 3", "t 0 0"});
}

TEST_CASE("what one read brought is announced together, and nothing is not announced") {
  size_t count = 0;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [&](const wire::IncomingPublish&) { count++; });
  fixture.establish();
  CHECK(fixture.announcements == 0);
  CHECK(fixture.connection->publish({.topic = "t", .qos = 1}, 7));
  fixture.broker_sends(bytes({0x30, 3, 0, 1, 't'}) + bytes({0x40, 2, 0, 1}) +
                       bytes({0x30, 3, 0, 1, 't', 0x30}));
  CHECK_FALSE(fixture.connection->readable());
  CHECK(count == 2);
  CHECK(fixture.settled == std::vector<uint32_t>{7});
  CHECK(fixture.announcements == 0);
  fixture.connection->announce_news(false);
  CHECK(fixture.announcements == 1);
  CHECK_FALSE(fixture.connection->readable());
  fixture.connection->announce_news(false);
  CHECK(fixture.reads == 1);
}

TEST_CASE("news end with the first read that is not followed by another, or brings none") {
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [](const wire::IncomingPublish&) {});
  fixture.establish();
  const auto read = [&fixture](const Bytes& packet, bool more) {
    fixture.broker_sends(packet);
    CHECK_FALSE(fixture.connection->readable());
    fixture.connection->announce_news(more);
  };
  const Bytes pingresp = bytes({0xD0, 0});
  read(publish(5), true);
  read(publish(5), true);
  CHECK(fixture.reads == 2);
  CHECK(fixture.announcements == 0);
  SUBCASE("the last of several") {
    read(publish(5), false);
  }
  SUBCASE("nothing new, nothing more") {
    read(pingresp, false);
  }
  SUBCASE("nothing new") {
    read(pingresp, true);
  }
  CHECK(fixture.reads == 3);
  CHECK(fixture.announcements == 1);
  read(pingresp, true);
  read(pingresp, false);
  CHECK(fixture.reads == 3);
}

TEST_CASE("who waits for what comes little by little reads it himself") {
  size_t count = 0;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [&](const wire::IncomingPublish&) { count++; });
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.offers == 0);
  fixture.establish();
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.offers == 1);
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.offers == 1);

  fixture.stream->written.clear();
  fixture.stream->feed(bytes({0x32, 5, 0, 1, 't', 0, 9}));
  CHECK_FALSE(fixture.connection->read_little());
  CHECK(count == 1);
  CHECK(fixture.announcements == 0);
  CHECK(fixture.offers == 2);
  CHECK(fixture.stream->written.empty());
  fixture.connection->flush_replies();
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}));
  CHECK_FALSE(fixture.connection->claim_replies());

  fixture.broker_sends(publish(5));
  CHECK_FALSE(fixture.connection->readable());
  CHECK_FALSE(fixture.connection->read_little());  // the receive thread was faster
  CHECK(count == 2);
  CHECK(fixture.offers == 3);
}

TEST_CASE("what who reads little owes the broker, the receive thread may send") {
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [](const wire::IncomingPublish&) {});
  fixture.establish();
  CHECK_FALSE(fixture.connection->readable());
  fixture.stream->written.clear();
  fixture.stream->feed(bytes({0x32, 5, 0, 1, 't', 0, 9}));
  CHECK_FALSE(fixture.connection->read_little());
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.connection->claim_replies());
  fixture.connection->flush();
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}));
  const int writes = fixture.stream->writes;
  fixture.connection->flush_replies();
  CHECK(fixture.stream->writes == writes);
}

TEST_CASE("what comes is offered again and again, until somebody waits for it, unless it is much") {
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [](const wire::IncomingPublish&) {});
  fixture.takes_offers = false;
  fixture.establish();
  for (int i = 1; i <= 3; i++) {
    fixture.broker_sends(publish(5));
    CHECK_FALSE(fixture.connection->readable());
    CHECK(fixture.offers == i);
  }
  fixture.broker_sends(publish(5) + publish(5) + publish(5));
  CHECK_FALSE(fixture.connection->readable());
  fixture.broker_sends(publish(20'000));
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.offers == 3);
}

TEST_CASE("who reads little leaves the rest to the receive thread") {
  size_t count = 0;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [&](const wire::IncomingPublish&) { count++; });
  fixture.stream->feed(publish(5));
  CHECK_FALSE(fixture.connection->read_little());  // nothing has been offered yet
  fixture.stream->discard();
  fixture.establish();
  CHECK_FALSE(fixture.connection->readable());

  SUBCASE("what is much") {
    for (int i = 0; i < 20; i++) fixture.stream->feed(publish(1000));
    CHECK(fixture.connection->read_little());
    CHECK(count < 20);
    while (fixture.connection->has_input()) CHECK_FALSE(fixture.connection->readable());
    CHECK(count == 20);
  }
  SUBCASE("what is for Paho") {
    fixture.exchanges->begin(wire::PacketType::suback, 7);
    fixture.send_parts({bytes({0x82, 6}), bytes({0, 1, 0, 1, 't', 0})});
    const Bytes suback = bytes({0x90, 3, 0, 1, 0});
    fixture.stream->feed(publish(5) + suback);
    CHECK_FALSE(fixture.connection->read_little());
    CHECK(count == 0);
    fixture.connection->on_ready(true, false, false);
    CHECK(fixture.connection->readable());
    CHECK(fixture.read_packet() == suback);
    CHECK(count == 1);
  }
  SUBCASE("a packet that Paho gets unasked") {
    const Bytes disconnect = bytes({0xE0, 0});
    Fixture v5(wire::Protocol::v5);
    v5.establish();
    CHECK_FALSE(v5.connection->readable());
    v5.stream->feed(disconnect);
    CHECK(v5.connection->read_little());
    CHECK(v5.read_packet() == disconnect);
  }
  SUBCASE("what comes behind a packet that Paho still has to report") {
    Fixture behind(wire::Protocol::v311, wire::largest_packet,
                   [&](const wire::IncomingPublish&) { count++; });
    behind.establish();
    CHECK_FALSE(behind.connection->readable());
    behind.broker_sends(publish(600'000) + publish(5));
    CHECK(behind.connection->readable());
    CHECK(behind.read_packet() == publish(600'000));
    CHECK_FALSE(behind.connection->read_little());
    CHECK(count == 0);
    CHECK_FALSE(behind.connection->readable());
    CHECK(count == 1);
  }
  SUBCASE("the rest of a packet of which much is here") {
    Bytes large = publish(50'000);
    const Bytes rest(large.end() - 1, large.end());
    large.pop_back();
    fixture.broker_sends(large);
    CHECK_FALSE(fixture.connection->readable());
    fixture.stream->feed(rest);
    CHECK_FALSE(fixture.connection->read_little());
    CHECK(count == 0);
    fixture.connection->on_ready(true, false, false);
    CHECK_FALSE(fixture.connection->readable());
    CHECK(count == 1);
  }
  SUBCASE("a violation") {
    fixture.stream->feed(publish(5) + bytes({0x00, 0}));
    CHECK(fixture.connection->read_little());
    CHECK(count == 1);
    CHECK(fixture.connection->ending().failure.code == "PROTOCOL_ERROR");
  }
  SUBCASE("the end") {
    fixture.stream->ended = true;
    CHECK(fixture.connection->read_little());
    CHECK(fixture.connection->ending().failure.code == "CONNECTION_LOST");
  }
  SUBCASE("all, while that is the reader") {
    fixture.stream->feed(publish(5));
    const auto reader = fixture.connection->reader();
    CHECK_FALSE(std::async(std::launch::async, [&] { return fixture.connection->read_little(); }).get());
    CHECK(count == 0);
  }
  SUBCASE("all, while the receiver cannot keep up") {
    fixture.stream->feed(publish(5));
    *fixture.congested = true;
    CHECK_FALSE(fixture.connection->read_little());
    CHECK(count == 0);
  }
  SUBCASE("all, once Paho has let go") {
    fixture.stream->feed(publish(5));
    fixture.connection->close();
    CHECK_FALSE(fixture.connection->read_little());
    CHECK(count == 0);
  }
}

TEST_CASE("little is read together with what Paho has to take first") {
  size_t count = 0;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [&](const wire::IncomingPublish&) { count++; });
  const size_t little = 16 * 1024;
  Bytes flood;
  for (int i = 0; i < 100; i++) flood = std::move(flood) + publish(1000);
  const auto largest_read = [&fixture] { return std::exchange(fixture.stream->largest_read, 0); };
  const auto read_flood = [&fixture] {
    while (fixture.connection->has_input()) CHECK_FALSE(fixture.connection->readable());
  };
  fixture.broker_sends(connack + flood);
  CHECK(fixture.read_packet() == connack);
  CHECK(largest_read() == little);
  fixture.connection->established();
  read_flood();
  CHECK(count == 100);
  CHECK(largest_read() > little);

  fixture.exchanges->begin(wire::PacketType::suback, 7);
  fixture.send_parts({bytes({0x82, 6}), bytes({0, 1, 0, 1, 't', 0})});
  const Bytes suback = bytes({0x90, 3, 0, 1, 0});
  fixture.broker_sends(suback + flood);
  CHECK(fixture.read_packet() == suback);
  CHECK(largest_read() == little);
  read_flood();
  CHECK(count == 200);
  CHECK(largest_read() > little);
}

TEST_CASE("a flood is taken in portions") {
  size_t count = 0;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [&](const wire::IncomingPublish&) { count++; });
  fixture.broker_sends(connack);
  fixture.read_packet();
  fixture.connection->established();
  Bytes flood;
  for (int i = 0; i < 1000; i++) flood = std::move(flood) + publish(1000);
  fixture.broker_sends(flood);
  CHECK_FALSE(fixture.connection->readable());
  CHECK(count <= net::ReadAhead::capacity / 1000);
  CHECK(fixture.connection->has_input());
  while (fixture.connection->has_input()) CHECK_FALSE(fixture.connection->readable());
  CHECK(count == 1000);
}

TEST_CASE("a broker that asks for answers, and takes none, is not read any further") {
  constexpr size_t asked = 400'000;
  size_t count = 0;
  Fixture fixture(wire::Protocol::v311, wire::largest_packet, [&](const wire::IncomingPublish&) { count++; });
  fixture.establish();
  fixture.stream->writable = 0;
  const Bytes message = bytes({0x32, 5, 0, 1, 't', 0, 9});
  Bytes flood;
  for (size_t i = 0; i < asked; i++) flood.insert(flood.end(), message.begin(), message.end());
  fixture.broker_sends(flood);
  while (fixture.connection->has_input()) CHECK_FALSE(fixture.connection->readable());
  CHECK(count < asked);
  CHECK(fixture.connection->backlog() < 1'400'000);  // a limit, and the answers to one read
  fixture.stream->writable = SIZE_MAX;
  fixture.connection->on_ready(false, true, false);
  while (fixture.connection->has_input()) CHECK_FALSE(fixture.connection->readable());
  CHECK(count == asked);
}
