#include "net/websocket/websocket_stream.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <thread>

#include "bytes.hpp"
#include "connection_fixture.hpp"
#include "net/socket_stream.hpp"
#include "websocket_frames.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native::base;
using namespace mqtt_native::net;
using mqtt_native::net::websocket::WebSocketStream;
using mqtt_native::test::binary_contents;
using mqtt_native::test::bytes;
using mqtt_native::test::FakeStream;
using mqtt_native::test::publish;
using mqtt_native::test::server_frame;
using mqtt_native::test::take_client_frames;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt_native::mqtt::Bytes;
using State = Transfer::State;

namespace {

constexpr int binary = 0x82;
constexpr int close_frame = 0x88;
constexpr int ping = 0x89;
constexpr int pong = 0x8A;

Bytes close_contents(int code, std::string_view reason = {}) {
  return bytes({code >> 8, code & 0xFF}) + text(reason);
}

struct Fixture {
  Transfer read(size_t size = 1'000) {
    Bytes buffer(size);
    const Transfer transfer = stream->read(buffer);
    received.insert(received.end(), buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(transfer.bytes));
    return transfer;
  }

  Transfer write(Bytes contents) {
    const iovec part{contents.data(), contents.size()};
    return stream->write({&part, 1});
  }

  /** Reads the end of the stream, and returns its failure. */
  Failure read_failure() {
    const Transfer transfer = read();
    REQUIRE(transfer.state == State::failed);
    return to_failure(*stream, "read", transfer);
  }

  auto frames() { return take_client_frames(below->written); }

  std::unique_ptr<FakeStream> owned = std::make_unique<FakeStream>();
  FakeStream* below = owned.get();
  std::unique_ptr<Stream> stream = std::make_unique<WebSocketStream>(std::move(owned));
  Bytes received;
};

}  // namespace

TEST_CASE("a WebSocket reports the inner stream's transfer state") {
  Fixture fixture;
  CHECK(fixture.read().state == State::blocked);
  fixture.below->feed(server_frame(binary, text("four")) + server_frame(binary, text("more")));
  Transfer transfer = fixture.read(6);
  CHECK(transfer.state == State::moved);
  CHECK(transfer.bytes == 4);
  transfer = fixture.read(6);
  CHECK(transfer.state == State::moved);
  CHECK(transfer.bytes == 4);
  CHECK(fixture.read().state == State::blocked);
  fixture.below->feed(server_frame(pong, text("nothing to read")));
  transfer = fixture.read();
  CHECK(transfer.state == State::drained);
  CHECK(transfer.bytes == 0);
  fixture.below->feed(server_frame(binary, text("last")));
  CHECK(fixture.read().state == State::drained);
  fixture.below->ended = true;
  CHECK(fixture.read().state == State::ended);
  CHECK(fixture.received == text("fourmorelast"));
}

TEST_CASE("a large frame is read in portions, directly into the caller's memory") {
  Fixture fixture;
  const Bytes contents(1'000'000, std::byte{'x'});
  fixture.below->feed(server_frame(binary, contents));
  while (fixture.read(4'096).bytes > 0) {
  }
  CHECK(fixture.received == contents);
}

TEST_CASE("a ping is answered with its own contents") {
  Fixture fixture;
  fixture.below->feed(server_frame(ping, text("are you there?")));
  fixture.read();
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].first_byte == pong);
  CHECK(frames[0].contents == text("are you there?"));
}

TEST_CASE("many pings that cannot be answered cause one pong") {
  Fixture fixture;
  fixture.below->writable = 0;
  for (int i = 0; i < 1'000; i++) {
    fixture.below->feed(server_frame(ping, text("ping " + std::to_string(i))));
    fixture.read();
  }
  fixture.below->writable = SIZE_MAX;
  CHECK(fixture.stream->write({}).state == State::moved);
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 2);  // the first was partly sent when the others arrived
  CHECK(frames[0].contents == text("ping 0"));
  CHECK(frames[1].contents == text("ping 999"));
}

TEST_CASE("a server's close frame has a reason and is answered") {
  Fixture fixture;
  fixture.below->feed(server_frame(binary, text("before")) +
                      server_frame(close_frame, close_contents(1008, "quota\nexceeded")));
  CHECK(fixture.read().state == State::moved);
  CHECK(fixture.received == text("before"));
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].first_byte == close_frame);
  CHECK(frames[0].contents == close_contents(1008));
  CHECK(fixture.below->finished);
  for (int i = 0; i < 2; i++) {
    const Failure failure = fixture.read_failure();
    CHECK(failure.code == "CONNECTION_LOST");
    CHECK(failure.text == "The broker closed the WebSocket: 1008 policy violation, \"quota\uFFFDexceeded\"");
  }
  const Transfer late = fixture.write(text("late"));
  CHECK(late.state == State::failed);
  CHECK(to_failure(*fixture.stream, "write", late).code == "CONNECTION_LOST");
}

TEST_CASE("each close code has a message") {
  const std::pair<Bytes, std::string> closes[] = {
      {{}, "The broker closed the WebSocket without saying why"},
      {close_contents(1000), "The broker closed the WebSocket: 1000 normal closure"},
      {close_contents(1001), "The broker closed the WebSocket: 1001 going away"},
      {close_contents(4321), "The broker closed the WebSocket: 4321"},
      {close_contents(4321, "own"), "The broker closed the WebSocket: 4321, \"own\""},
      {close_contents(1011, "\xFF"), "The broker closed the WebSocket: 1011 internal error, \"\uFFFD\""},
  };
  for (const auto& [contents, told] : closes) {
    Fixture fixture;
    fixture.below->feed(server_frame(close_frame, contents));
    CHECK(fixture.read_failure().text == told);
  }
}

TEST_CASE("a server that breaks the protocol gets a close frame") {
  Fixture fixture;
  fixture.below->feed(server_frame(0x81, text("Hello")));
  const Failure failure = fixture.read_failure();
  CHECK(failure.code == "PROTOCOL_ERROR");
  CHECK(failure.text == "The broker sent a WebSocket message of text; MQTT is binary");
  auto frames = fixture.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].first_byte == close_frame);
  CHECK(frames[0].contents == close_contents(1003));

  Fixture other;
  other.below->feed(server_frame(0x92, {}));
  CHECK(other.read_failure().code == "PROTOCOL_ERROR");
  frames = other.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].contents == close_contents(1002));
}

TEST_CASE("finishing sends a close frame, leaves the inner stream open, and ends with the answer") {
  Fixture fixture;
  fixture.write(text("the end"));
  fixture.stream->finish_writing();
  auto frames = fixture.frames();
  REQUIRE(frames.size() == 2);
  CHECK(frames[1].first_byte == close_frame);
  CHECK(frames[1].contents == close_contents(1000));
  CHECK_FALSE(fixture.below->finished);
  fixture.below->feed(server_frame(ping, text("unanswered")));
  fixture.below->feed(server_frame(binary, text("still coming")));
  CHECK(fixture.read().bytes == 12);
  fixture.below->feed(server_frame(close_frame, close_contents(1000)));
  CHECK(fixture.read().state == State::ended);
  CHECK(fixture.read().state == State::ended);
  CHECK(fixture.below->finished);
  CHECK(fixture.frames().empty());
}

TEST_CASE("a blocked close frame is sent later") {
  Fixture fixture;
  fixture.below->writable = 0;
  fixture.stream->finish_writing();
  CHECK(fixture.frames().empty());
  fixture.below->writable = SIZE_MAX;
  CHECK(fixture.stream->write({}).state == State::moved);
  CHECK(fixture.frames().size() == 1);
}

namespace {

/** An MQTT connection over a WebSocket. */
struct Mqtt : mqtt_native::test::ConnectionFixture {
  explicit Mqtt(OnMessage message = {})
      : ConnectionFixture(mqtt_native::mqtt::Protocol::v311, mqtt_native::mqtt::largest_packet,
                          std::move(message), {}, [](std::unique_ptr<Stream> below) {
                            return std::make_unique<WebSocketStream>(std::move(below));
                          }) {}
};

}  // namespace

TEST_CASE("MQTT packets may be framed in any way") {
  const size_t size = 200'000;
  Mqtt mqtt([size](const auto& message) { CHECK(message.payload.size() == size); });
  mqtt.read(server_frame(0x02, bytes({0x20})) + server_frame(ping, text("?")));
  mqtt.read(server_frame(0x80, bytes({2, 0})) + server_frame(binary, bytes({0}) + publish(size)));
  CHECK(mqtt.control_packets == std::vector<Bytes>{bytes({0x20, 2, 0, 0})});
  mqtt.connection->resume();
  mqtt.read_all();
  CHECK(mqtt.messages == 1);
}

TEST_CASE("a WebSocket that is closed before CONNACK reports the reason") {
  Mqtt mqtt;
  mqtt.read(server_frame(close_frame, close_contents(1008, "who are you?")));
  CHECK(mqtt.connection->close_reason().failure.code == "CONNECTION_LOST");
  CHECK(mqtt.connection->close_reason().failure.text ==
        "The broker closed the WebSocket: 1008 policy violation, \"who are you?\" (before CONNACK)");
}

TEST_CASE("after a DISCONNECT a close frame is sent, and its answer awaited") {
  Mqtt mqtt;
  const Bytes disconnect = bytes({0xE0, 0});
  mqtt.stream->writable = 9;
  mqtt.connection->writer().send_control(disconnect);
  mqtt.connection->writer().flush();
  mqtt.connection->close();
  const TimePoint now = Clock::now();
  CHECK(mqtt.connection->drains(now));
  mqtt.stream->writable = SIZE_MAX;
  mqtt.connection->on_ready(false, true, false);
  CHECK(mqtt.connection->drains(now));
  const auto frames = take_client_frames(mqtt.stream->written);
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].contents == disconnect);
  CHECK(frames[1].contents == close_contents(1000));
  CHECK_FALSE(mqtt.stream->finished);
  mqtt.stream->feed(server_frame(close_frame, close_contents(1000)));
  mqtt.connection->on_ready(true, false, false);
  CHECK_FALSE(mqtt.connection->drains(now));
}

namespace {

void wait_for(int descriptor, short events) {
  pollfd entry{descriptor, events, 0};
  REQUIRE(::poll(&entry, 1, 60'000) == 1);
}

void send_all(Stream& stream, Bytes contents) {
  std::span<std::byte> rest = contents;
  while (!rest.empty()) {
    const iovec part{rest.data(), rest.size()};
    const Transfer transfer = stream.write({&part, 1});
    REQUIRE(transfer.state != State::failed);
    rest = rest.subspan(transfer.bytes);
    if (transfer.state == State::blocked) wait_for(stream.descriptor(), POLLOUT);
  }
}

}  // namespace

TEST_CASE("one thread reads, and answers pings, while another writes") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
  WebSocketStream client(std::make_unique<SocketStream>(FileDescriptor(ends[0])));
  SocketStream server{FileDescriptor(ends[1])};
  constexpr int messages = 2'000;
  const Bytes message(500, std::byte{'m'});

  std::thread writer([&] {
    for (int i = 0; i < messages; i++) send_all(client, message);
  });
  std::thread pinger([&] {
    for (int i = 0; i < messages; i++)
      send_all(server, server_frame(ping, text("ping")) + server_frame(binary, message));
  });
  Bytes sent;
  std::thread reader([&] {
    Bytes into(8'192);
    for (size_t received = 0; received < messages * message.size();) {
      const Transfer transfer = client.read(into);
      REQUIRE(transfer.state != State::failed);
      received += transfer.bytes;
      if (transfer.bytes == 0 && transfer.state != State::moved) wait_for(client.descriptor(), POLLIN);
    }
  });
  size_t payload = 0;
  size_t pongs = 0;
  Bytes buffer(65'536);
  while (payload < messages * message.size()) {
    const Transfer transfer = server.read(buffer);
    sent.insert(sent.end(), buffer.begin(), buffer.begin() + static_cast<ptrdiff_t>(transfer.bytes));
    for (const auto& frame : take_client_frames(sent)) {
      if (frame.first_byte == binary) payload += frame.contents.size();
      if (frame.first_byte == pong) pongs++;
      if (frame.first_byte == pong) CHECK(frame.contents == text("ping"));
    }
    if (transfer.bytes == 0) wait_for(server.descriptor(), POLLIN);
  }
  writer.join();
  pinger.join();
  reader.join();
  CHECK(payload == messages * message.size());
  CHECK(pongs <= messages);
}
