// Packets at the end of a connection: nothing follows DISCONNECT ([MQTT-3.14.4-2]).

#include <doctest/doctest.h>

#include "connection_fixture.hpp"
#include "session_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::FakeStream;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;
using Fixture = mqtt_native::test::ConnectionFixture;

namespace {

const Bytes disconnect = bytes({0xE0, 0});
const Bytes message_qos1 = bytes({0x32, 5, 0, 1, 't', 0, 1});
const Bytes message_qos2 = bytes({0x34, 5, 0, 1, 't', 0, 2});
const Bytes pubrel = bytes({0x62, 2, 0, 2});

/** An established connection that has written nothing since. */
struct Established : Fixture {
  explicit Established(mqtt::Protocol protocol = mqtt::Protocol::v311) : Fixture(protocol) {
    establish();
    stream->written.clear();
  }

  void send_disconnect() const { connection->writer().send_control(disconnect); }

  void receive(const Bytes& packets) {
    read(packets);
    connection->writer().flush();
  }

  [[nodiscard]] Bytes written() const {
    connection->writer().flush();
    return stream->written;
  }
};

}  // namespace

TEST_CASE("a stream writer drops bytes behind its last ones") {
  FakeStream stream;
  net::StreamWriter writer(stream, [](size_t) {});
  auto lock = writer.lock();
  writer.append(text("first "));
  CHECK(writer.accepts_more());
  writer.append_last(text("last"));
  CHECK_FALSE(writer.accepts_more());
  Bytes more = text("more");
  const iovec part{more.data(), more.size()};
  writer.append(more);
  writer.append({&part, 1});
  writer.append_held(base::SharedBytes(new std::byte[1]), more);
  writer.append_last(more);
  writer.flush(lock);
  writer.write(lock, {&part, 1});
  writer.flush(lock);
  CHECK(stream.written == text("first last"));
}

TEST_CASE("an abandoned stream writer writes nothing more, and knows how much it has written") {
  FakeStream stream;
  net::StreamWriter writer(stream, [](size_t) {});
  auto lock = writer.lock();
  stream.writable = 4;
  writer.append(text("first "));
  CHECK(writer.position() == 6);
  writer.flush(lock);
  writer.append(text("second"));
  CHECK(writer.position() == 12);
  CHECK(writer.abandon() == 4);
  stream.writable = SIZE_MAX;
  writer.on_writable(lock);
  CHECK(stream.written == text("firs"));
}

TEST_CASE("an abandoned stream writer still writes its last bytes") {
  FakeStream stream;
  net::StreamWriter writer(stream, [](size_t) {});
  auto lock = writer.lock();
  writer.append_last(text("last"));
  CHECK(writer.abandon() == 4);
  writer.flush(lock);
  CHECK(stream.written == text("last"));
}

TEST_CASE("pending acknowledgements are sent before DISCONNECT") {
  Established fixture;
  fixture.read(message_qos1 + message_qos2);
  fixture.send_disconnect();
  CHECK(fixture.written() == bytes({0x40, 2, 0, 1}) + bytes({0x50, 2, 0, 2}) + disconnect);
}

TEST_CASE("no acknowledgement follows DISCONNECT, written or not") {
  for (const size_t writable : {SIZE_MAX, size_t{0}}) {
    Established fixture;
    fixture.receive(message_qos2);
    const Bytes before = fixture.stream->written;
    fixture.stream->writable = writable;
    fixture.send_disconnect();
    fixture.receive(message_qos1);
    fixture.receive(bytes({0x34, 5, 0, 1, 't', 0, 3}));
    fixture.receive(pubrel);
    fixture.stream->writable = SIZE_MAX;
    fixture.connection->on_ready(false, true, false);
    CHECK(fixture.written() == before + disconnect);
  }
}

TEST_CASE("no other packet follows DISCONNECT") {
  Established fixture(mqtt::Protocol::v5);
  const auto first = fixture.connection->writer().publish({.topic = "t", .payload = {}, .qos = 2}, 1);
  REQUIRE(first);
  const Bytes published = fixture.written();
  fixture.send_disconnect();
  fixture.receive(bytes({0x50, 2, 0, 1}));                      // PUBREC: PUBREL is not sent
  fixture.connection->tick(base::Clock::now() + 9s);            // PINGREQ
  fixture.connection->authenticate(bytes({0xF0, 2, 0x19, 0}));  // AUTH
  fixture.send_subscribe(9);
  CHECK_FALSE(fixture.connection->writer().publish({.topic = "t", .payload = {}, .qos = 0}, 2));
  fixture.connection->abort({"TEST", "given up"}, mqtt::protocol_error);  // another DISCONNECT
  CHECK(fixture.written() == published + disconnect);
}

TEST_CASE("nothing follows a DISCONNECT with a reason code") {
  Established fixture(mqtt::Protocol::v5);
  fixture.read(bytes({0x36, 5, 0, 1, 't', 0, 1}) + message_qos1);  // QoS 3
  CHECK(fixture.ends == 1);
  fixture.send_disconnect();
  fixture.connection->tick(base::Clock::now() + 9s);
  fixture.connection->authenticate(bytes({0xF0, 2, 0x19, 0}));
  CHECK_FALSE(fixture.connection->writer().publish({.topic = "t", .payload = {}, .qos = 0}, 2));
  CHECK(fixture.written() == bytes({0xE0, 1, 0x81}));
}

TEST_CASE("under a load of messages DISCONNECT is the last packet of each connection") {
  Bytes load;
  for (int i = 0; i < 2'000; i++) load = std::move(load) + message_qos1 + message_qos2 + pubrel;
  for (int i = 0; i < 150; i++) {
    SessionFixture fixture;
    TestPeer peer = fixture.connect(fixture.request());
    peer.write(load);
    fixture.session->disconnect(disconnect);
    const std::vector<Bytes> packets = peer.read_to_end();
    REQUIRE_FALSE(packets.empty());
    CHECK(packets.back() == disconnect);
  }
}
