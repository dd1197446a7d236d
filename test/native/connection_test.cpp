#include "wire/connection.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <future>

#include "bytes.hpp"
#include "fake_stream.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::FakeStream;
using mqtt_native::test::publish;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using wire::Bytes;

namespace {

const Bytes connack5 = bytes({0x20, 3, 0, 0, 0});

/** A connection and both its ends: what Paho does, and what the broker does. */
struct Fixture {
  explicit Fixture(wire::Protocol protocol = wire::Protocol::v311, uint32_t maximum = wire::largest_packet,
                   std::function<void(const wire::IncomingPublish&)> message = {},
                   Bytes connect_packet = text("CONNECT"))
      : is_v5(protocol == wire::Protocol::v5) {
    auto owned = std::make_unique<FakeStream>();
    stream = owned.get();
    connection = std::make_shared<wire::Connection>(
        wire::ConnectionOptions{.stream = std::move(owned),
                                .protocol = protocol,
                                .connect_packet = std::move(connect_packet),
                                .keepalive = 10s,
                                .maximum_packet_size = maximum,
                                .connack_deadline = net::never,
                                .congested = congested,
                                .exchanges = exchanges,
                                .message = std::move(message),
                                .settled = [this](const auto& end, auto) { settled.push_back(*end.token); },
                                .announce = [this] { announcements++; },
                                .little =
                                    [this](int) {
                                      offers++;
                                      return takes_offers;
                                    },
                                .room = [this] { rooms++; },
                                .unblocked = [this] { unblocked++; },
                                .drained = [this](const wire::Connection*) { drained = true; }});
  }

  /** Paho has seen a CONNACK. */
  void establish() {
    broker_sends(is_v5 ? connack5 : connack);
    read_packet();
    connection->established();
  }

  void broker_sends(const Bytes& packet) {
    stream->feed(packet);
    connection->on_ready(true, false, false);
  }

  bool send(Bytes packet) {
    const iovec part{packet.data(), packet.size()};
    return connection->send({&part, 1});
  }

  /** As Paho writes: the fixed header first, the rest in parts. */
  void send_parts(std::vector<Bytes> parts) {
    std::vector<iovec> vector;
    vector.reserve(parts.size());
    for (Bytes& part : parts) vector.push_back({part.data(), part.size()});
    connection->send(vector);
  }

  /** As Paho reads: the first byte, the length byte by byte, the rest. */
  Bytes read_packet() {
    Bytes packet;
    take(packet, 1);
    do take(packet, 1);
    while ((packet.back() & std::byte{0x80}) != std::byte{});
    wire::FixedHeader header{};
    REQUIRE(wire::parse_fixed_header(packet, header) == wire::HeaderState::complete);
    while (packet.size() < header.packet_size()) take(packet, header.packet_size() - packet.size());
    return packet;
  }

  void take(Bytes& packet, size_t size) {
    const size_t before = packet.size();
    packet.resize(before + size);
    const ssize_t count = connection->receive(packet.data() + before, size);
    REQUIRE(count > 0);
    packet.resize(before + static_cast<size_t>(count));
  }

  const bool is_v5;
  FakeStream* stream;
  std::shared_ptr<std::atomic<bool>> congested = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<wire::Exchanges> exchanges = std::make_shared<wire::Exchanges>();
  std::shared_ptr<wire::Connection> connection;
  std::vector<uint32_t> settled;
  int announcements = 0;
  int offers = 0;
  bool takes_offers = true;
  int rooms = 0;
  int unblocked = 0;
  bool drained = false;
};

}  // namespace

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

TEST_CASE("nothing is read while the receiver cannot keep up") {
  Fixture fixture;
  *fixture.congested = true;
  fixture.broker_sends(connack);
  CHECK_FALSE(fixture.connection->readable());
  *fixture.congested = false;
  CHECK(fixture.connection->readable());
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
  CHECK(fixture.connection->has_replies());
  CHECK_FALSE(fixture.connection->has_replies());
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
  CHECK(fixture.announcements == 1);
  CHECK_FALSE(fixture.connection->readable());
  CHECK(fixture.announcements == 1);
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
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}));
  CHECK(fixture.announcements == 0);
  CHECK(fixture.offers == 2);

  fixture.broker_sends(publish(5));
  CHECK_FALSE(fixture.connection->readable());
  CHECK_FALSE(fixture.connection->read_little());  // the receive thread was faster
  CHECK(count == 2);
  CHECK(fixture.offers == 3);
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
