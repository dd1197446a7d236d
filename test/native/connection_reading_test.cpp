// The packets that a connection reads.

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
using mqtt::Bytes;
using Fixture = mqtt_native::test::ConnectionFixture;

namespace {

/** Limit of a read, in bytes, on a JavaScript thread and before the session is connected. */
constexpr size_t short_read = 16 * 1024;

/** A PUBLISH of QoS 1 or 2 with the topic "t" and the identifier 9. */
Bytes identified_publish(int first_byte, size_t size) {
  Bytes packet = bytes({first_byte});
  mqtt::append_variable(packet, 5 + size);
  return std::move(packet) + bytes({0, 1, 't', 0, 9}) + Bytes(size, std::byte{'x'});
}

Bytes slice(const Bytes& packet, size_t begin, size_t size) {
  const auto from = packet.begin() + static_cast<ptrdiff_t>(std::min(begin, packet.size()));
  return {from, from + static_cast<ptrdiff_t>(std::min(size, static_cast<size_t>(packet.end() - from)))};
}

}  // namespace

TEST_CASE("control packets and messages are handled one after the other") {
  std::vector<size_t> sizes;
  Fixture fixture(mqtt::Protocol::v311, mqtt::largest_packet,
                  [&](const mqtt::IncomingPublish& message) { sizes.push_back(message.payload.size()); });
  fixture.connection->read();
  CHECK(fixture.connection->connack().empty());
  fixture.read(connack + publish(5) + publish(6));
  CHECK(fixture.control_packets == std::vector<Bytes>{connack});
  CHECK(fixture.connection->connack() == connack);
  fixture.connection->resume();
  fixture.connection->read();
  CHECK(sizes == std::vector<size_t>{5, 6});
}

TEST_CASE("nothing behind the CONNACK is read before the session is connected") {
  Fixture fixture;
  fixture.read(connack + publish(5) + bytes({0x00, 0}));
  CHECK(fixture.connection->awaits_resume());
  CHECK_FALSE(fixture.connection->has_input());
  for (int i = 0; i < 3; i++) fixture.connection->read();
  CHECK_FALSE(fixture.connection->try_read());
  CHECK(fixture.messages == 0);
  CHECK_FALSE(fixture.is_over());
  fixture.connection->resume();
  fixture.connection->read();
  CHECK(fixture.messages == 1);
  CHECK(fixture.connection->close_reason().failure.code == "PROTOCOL_ERROR");
}

TEST_CASE("a packet is not handled before it is complete, wherever it is cut") {
  const Bytes packet = publish(300);
  for (size_t cut = 0; cut < packet.size(); cut++) {
    Fixture fixture;
    fixture.establish();
    fixture.read(slice(packet, 0, cut));
    CHECK(fixture.messages == 0);
    fixture.read(slice(packet, cut, packet.size()));
    CHECK(fixture.messages == 1);
  }
}

TEST_CASE("a message of any size and QoS arrives complete, a large one in memory that can be held") {
  constexpr size_t portion = 50'000;
  for (const size_t size : {100UL, 600'000UL, 3'000'000UL}) {
    for (const Bytes& packet :
         {publish(size), identified_publish(0x32, size), identified_publish(0x34, size)}) {
      base::SharedBytes held;
      Fixture fixture(mqtt::Protocol::v311, mqtt::largest_packet, [&](const mqtt::IncomingPublish& message) {
        if (message.payload.size() != size) return;
        held = message.memory;
        CHECK(std::ranges::equal(message.payload, Bytes(size, std::byte{'x'})));
      });
      fixture.establish();
      for (size_t begin = 0; begin < packet.size(); begin += portion) {
        CHECK(fixture.messages == 0);
        fixture.broker_sends(slice(packet, begin, portion));
        fixture.read_all();
      }
      CHECK(fixture.messages == 1);
      CHECK((held != nullptr) == (size > net::ReadBuffer::capacity));
      fixture.broker_sends(publish(portion));
      fixture.read_all();
      CHECK(fixture.messages == 2);
    }
  }
}

TEST_CASE("a held large message is not overwritten by the next one") {
  std::vector<std::pair<base::SharedBytes, mqtt::BytesView>> held;
  Fixture fixture(mqtt::Protocol::v311, mqtt::largest_packet, [&](const mqtt::IncomingPublish& message) {
    held.emplace_back(message.memory, message.payload);
  });
  fixture.establish();
  const size_t sizes[] = {600'000, 2'000'000, 700'000};
  for (const size_t size : sizes) {
    fixture.broker_sends(publish(size));
    fixture.read_all();
  }
  REQUIRE(held.size() == std::size(sizes));
  for (size_t i = 0; i < held.size(); i++)
    CHECK(std::ranges::equal(held[i].second, Bytes(sizes[i], std::byte{'x'})));
}

TEST_CASE("the end is found in the middle of a packet, too") {
  Fixture fixture;
  fixture.establish();
  fixture.read(slice(publish(1'000'000), 0, 100));
  CHECK_FALSE(fixture.is_over());
  fixture.stream->ended = true;
  fixture.connection->on_ready(true, false, true);
  fixture.connection->read();
  CHECK(fixture.ends == 1);
  CHECK(fixture.messages == 0);
}

TEST_CASE("PINGRESP is consumed, even thousands of them") {
  Fixture fixture;
  fixture.establish();
  Bytes pings;
  for (int i = 0; i < 30'000; i++) pings = std::move(pings) + bytes({0xD0, 0});
  fixture.read(pings + publish(1));
  CHECK(fixture.messages == 1);
  CHECK(fixture.control_packets.size() == 1);
}

TEST_CASE("a packet beyond the limit is refused by its header") {
  Fixture fixture(mqtt::Protocol::v5, 1000);
  fixture.establish();
  fixture.read(bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F}));
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().reason_code == mqtt::packet_too_large);
}

TEST_CASE("a packet costs memory as it arrives, not as it is announced") {
  constexpr size_t room = 2 * net::ReadBuffer::capacity;
  const Bytes announcements[] = {
      bytes({0x90, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1}),                               // SUBACK
      bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF}),                         // PUBLISH with a long topic
      bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 't', 0xFF, 0xFF, 0xFF, 0x7E}),  // … with long properties
      bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F, 0, 1, 't', 0}),                       // … with a long payload
  };
  for (const Bytes& announcement : announcements) {
    Fixture fixture(mqtt::Protocol::v5);
    fixture.establish();
    for (const Bytes& arrived : {announcement, bytes({0}), Bytes(100'000)}) {
      fixture.read(arrived);
      CHECK_FALSE(fixture.is_over());
    }
    CHECK(fixture.stream->largest_read <= room);
  }
  Fixture fixture(mqtt::Protocol::v5);
  fixture.read(bytes({0x20, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0}));  // CONNACK
  fixture.read(bytes({0}));
  CHECK_FALSE(fixture.is_over());
  CHECK(fixture.stream->largest_read <= room);
}

TEST_CASE("nothing is read while the receiver cannot keep up") {
  Fixture fixture;
  *fixture.paused = true;
  fixture.read(connack);
  CHECK(fixture.control_packets.empty());
  *fixture.paused = false;
  fixture.connection->read();
  CHECK(fixture.control_packets.size() == 1);
}

TEST_CASE("messages are answered according to their QoS") {
  std::vector<std::string> messages;
  const auto note = [&](const mqtt::IncomingPublish& publish) {
    messages.push_back(std::string(publish.topic) + ' ' + std::to_string(publish.payload.size()) + ' ' +
                       std::to_string(publish.qos));
  };
  Fixture fixture(mqtt::Protocol::v311, mqtt::largest_packet, note);
  fixture.establish();
  const Bytes qos2 = identified_publish(0x34, 1);
  const Bytes again = identified_publish(0x3C, 1);
  const Bytes pubrel = bytes({0x62, 2, 0, 9});
  fixture.broker_sends(publish(5) + identified_publish(0x32, 1));
  fixture.read(qos2 + again + pubrel + pubrel + qos2);
  CHECK(messages == std::vector<std::string>{"t 5 0", "t 1 1", "t 1 2", "t 1 2"});
  CHECK(fixture.connection->writer().claim_replies());
  CHECK_FALSE(fixture.connection->writer().claim_replies());
  fixture.connection->writer().flush();
  const Bytes pubrec = bytes({0x50, 2, 0, 9});
  const Bytes pubcomp = bytes({0x70, 2, 0, 9});
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}) + pubrec + pubrec + pubcomp + pubcomp + pubrec);
}

TEST_CASE("a message with an alias is delivered under its topic, without the alias") {
  std::vector<std::string> messages;
  const auto note = [&](const mqtt::IncomingPublish& publish) {
    messages.push_back(std::string(publish.topic) + ' ' + std::to_string(publish.payload.size()) + ' ' +
                       std::to_string(publish.properties.size()));
  };
  const Bytes connect = bytes({0x10, 17, 0, 4}) + text("MQTT") + bytes({5, 2, 0, 60}) +
                        bytes({3, 0x22, 0, 2}) + bytes({0, 1, 'c'});  // with a topic alias maximum of 2
  Fixture fixture(mqtt::Protocol::v5, mqtt::largest_packet, note, connect);
  fixture.establish();
  const Bytes alias = bytes({0x23, 0, 1});
  const Bytes format = bytes({1, 1});  // payload format indicator
  fixture.broker_sends(bytes({0x30, 8, 0, 1, 't', 3}) + alias + bytes({'x'}));
  fixture.broker_sends(bytes({0x30, 10, 0, 0, 5}) + alias + format + bytes({'x', 'y'}));
  fixture.read(bytes({0x34, 8, 0, 0, 0, 9, 3}) + alias);
  CHECK(messages == std::vector<std::string>{"t 1 0", "t 2 3", "t 0 0"});
}

TEST_CASE("a DISCONNECT of the broker ends the connection, and packets behind it are ignored") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  const Bytes message = bytes({0x30, 4, 0, 1, 't', 0});
  fixture.read(message + bytes({0xE0, 1, 0x8B}) + message);
  CHECK(fixture.messages == 1);
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().packet == bytes({0xE0, 1, 0x8B}));
}

TEST_CASE("the events of one read are one batch, and without events there is none") {
  Fixture fixture;
  fixture.establish();
  CHECK(fixture.batches == 0);
  CHECK(fixture.connection->writer().publish({.topic = "t", .qos = 1}, 7));
  fixture.read(bytes({0x30, 3, 0, 1, 't'}) + bytes({0x40, 2, 0, 1}) + bytes({0x30, 3, 0, 1, 't', 0x30}));
  CHECK(fixture.messages == 2);
  CHECK(fixture.answered == std::vector<uint32_t>{7});
  CHECK(fixture.batches == 0);
  fixture.connection->end_batch(false);
  CHECK(fixture.batches == 1);
  fixture.connection->read();
  fixture.connection->end_batch(false);
  CHECK(fixture.reads == 1);
}

TEST_CASE("a batch ends with the first read that is not followed by another, or brings no event") {
  Fixture fixture;
  fixture.establish();
  const auto read = [&fixture](const Bytes& packet, bool more) {
    fixture.read(packet);
    fixture.connection->end_batch(more);
  };
  const Bytes pingresp = bytes({0xD0, 0});
  read(publish(5), true);
  read(publish(5), true);
  CHECK(fixture.reads == 2);
  CHECK(fixture.batches == 0);
  SUBCASE("the last of several") {
    read(publish(5), false);
  }
  SUBCASE("no event, and no further read") {
    read(pingresp, false);
  }
  SUBCASE("no event") {
    read(pingresp, true);
  }
  CHECK(fixture.reads == 3);
  CHECK(fixture.batches == 1);
  read(pingresp, true);
  read(pingresp, false);
  CHECK(fixture.reads == 3);
}

TEST_CASE("few bytes are read together with the CONNACK") {
  Fixture fixture;
  Bytes flood;
  for (int i = 0; i < 100; i++) flood = std::move(flood) + publish(1000);
  fixture.read(connack + flood);
  CHECK(std::exchange(fixture.stream->largest_read, 0) == short_read);
  fixture.connection->resume();
  fixture.read_all();
  CHECK(fixture.messages == 100);
  CHECK(fixture.stream->largest_read > short_read);
}

TEST_CASE("heavy traffic is read in portions") {
  Fixture fixture;
  fixture.establish();
  Bytes flood;
  for (int i = 0; i < 1000; i++) flood = std::move(flood) + publish(1000);
  fixture.read(flood);
  CHECK(fixture.messages <= net::ReadBuffer::capacity / 1000);
  CHECK(fixture.connection->has_input());
  fixture.read_all();
  CHECK(fixture.messages == 1000);
}

TEST_CASE("reading stops while the broker accepts no replies") {
  constexpr size_t asked = 400'000;
  Fixture fixture;
  fixture.establish();
  fixture.stream->writable = 0;
  const Bytes message = identified_publish(0x32, 0);
  Bytes flood;
  for (size_t i = 0; i < asked; i++) flood.insert(flood.end(), message.begin(), message.end());
  fixture.broker_sends(flood);
  fixture.read_all();
  CHECK(fixture.messages < asked);
  CHECK(fixture.connection->writer().backlog() < 1'400'000);  // a limit, and the answers to one read
  fixture.stream->writable = SIZE_MAX;
  fixture.connection->on_ready(false, true, false);
  fixture.read_all();
  CHECK(fixture.messages == asked);
}
