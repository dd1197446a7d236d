#include <doctest/doctest.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "addresses.hpp"
#include "connection_fixture.hpp"
#include "net/happy_eyeballs.hpp"
#include "net/socket_stream.hpp"
#include "net/websocket/websocket_stream.hpp"
#include "test_broker.hpp"
#include "tls_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::FakeStream;
using mqtt_native::test::publish;
using net::DelayedAck;
using Fixture = mqtt_native::test::ConnectionFixture;

namespace {

/** A TCP connection on which both ends have answered each other, so that Linux delays its ACKs. */
class Answering {
 public:
  explicit Answering(const net::LocalEndpoint& local = {})
      : stream_(connect(local, broker_.port())), peer_(broker_.accept()) {
    for (int i = 0; i < 5; i++) {
      write(bytes({0xC0, 0}));
      CHECK(peer_.expect(0xC0).size() == 2);
      receive();
    }
  }

  net::Stream& stream() { return *stream_; }

  void write(mqtt::Bytes packet) {
    const iovec part{packet.data(), packet.size()};
    REQUIRE(stream_->write({&part, 1}).bytes == packet.size());
  }

  /** Sends two bytes from the other end, and reads them. */
  void receive() {
    peer_.write(bytes({0xD0, 0}));
    mqtt::Bytes into(100);
    net::Transfer transfer{net::Transfer::State::blocked};
    while (transfer.state == net::Transfer::State::blocked) transfer = stream_->read(into);
    REQUIRE(transfer.bytes == 2);
  }

  /** Counts the segments that have ever left, pure ACKs included. */
  [[nodiscard]] uint32_t segments_sent() const {
    tcp_info info{};
    socklen_t size = sizeof info;
    REQUIRE(::getsockopt(stream_->descriptor(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0);
    return info.tcpi_segs_out;
  }

 private:
  static std::unique_ptr<net::Stream> connect(const net::LocalEndpoint& local, uint16_t port) {
    const net::CancellationToken cancel;
    net::DialResult result = net::happy_eyeballs({test::address_of("127.0.0.1", port)}, local,
                                                 net::ConnectDeadline(base::Clock::now() + 20s, cancel));
    REQUIRE(std::holds_alternative<std::unique_ptr<net::Stream>>(result));
    return std::move(std::get<std::unique_ptr<net::Stream>>(result));
  }

  test::TestBroker broker_;
  std::unique_ptr<net::Stream> stream_;
  test::TestPeer peer_;
};

/** A connection over a stream that delays its ACKs. */
struct Delaying : Fixture {
  Delaying() {
    establish();
    stream->delays = true;
    write();
    stream->writes = 0;
  }

  void write() {
    connection->writer().send_control(bytes({0xC0, 0}));
    connection->writer().flush();
  }

  /** Reads packets and flushes the replies, as the receive thread does. */
  void receive(const mqtt::Bytes& packets) {
    read(packets);
    if (connection->writer().claim_replies()) connection->writer().flush();
  }
};

}  // namespace

TEST_CASE("an ACK is due after a write and a small read, until the next write") {
  DelayedAck ack;
  const base::TimePoint now = base::Clock::now();
  ack.on_read(1);
  CHECK_FALSE(ack.is_due());  // without a write the system acknowledges at once
  ack.on_write();
  ack.on_read(DelayedAck::max_read);
  CHECK_FALSE(ack.is_due());
  ack.on_read(DelayedAck::max_read - 1);
  CHECK(ack.is_due());
  ack.on_write();
  CHECK_FALSE(ack.is_due());
  CHECK_FALSE(ack.claim(now));
  ack.on_read(1);
  CHECK(ack.claim(now));
  CHECK_FALSE(ack.claim(now));
  ack.on_read(1);
  CHECK_FALSE(ack.is_due());  // the system still acknowledges at once
}

TEST_CASE("early ACKs are limited in each period") {
  DelayedAck ack;
  base::TimePoint now = base::Clock::now();
  const auto claimed = [&] {
    ack.on_write();
    ack.on_read(4);
    return ack.claim(now);
  };
  for (unsigned i = 0; i < DelayedAck::max_per_period; i++) CHECK(claimed());
  CHECK_FALSE(claimed());
  CHECK_FALSE(claimed());
  now += DelayedAck::period;
  CHECK(claimed());
}

TEST_CASE("the system delays the ACK of an answer, and an empty write sends it") {
  Answering answering;
  answering.write(bytes({0xC0, 0}));
  const uint32_t before = answering.segments_sent();
  answering.receive();
  CHECK(answering.segments_sent() == before);
  CHECK(answering.stream().delays_ack());
  CHECK(answering.stream().write({}).state == net::Transfer::State::moved);
  CHECK(answering.segments_sent() == before + 1);
  CHECK_FALSE(answering.stream().delays_ack());
}

TEST_CASE("TCP_QUICKACK is left alone where the program has set it") {
  const int off = 0;
  const auto* begin = reinterpret_cast<const std::byte*>(&off);
  Answering answering({.options = {{IPPROTO_TCP, TCP_QUICKACK, {begin, begin + sizeof off}}}});
  answering.write(bytes({0xC0, 0}));
  const uint32_t before = answering.segments_sent();
  answering.receive();
  CHECK_FALSE(answering.stream().delays_ack());
  CHECK(answering.stream().write({}).state == net::Transfer::State::moved);
  CHECK(answering.segments_sent() == before);
}

TEST_CASE("a small read that nothing answers is acknowledged once") {
  Delaying connection;
  connection.receive(publish(1));
  CHECK(connection.stream->early_acks == 1);
  CHECK(connection.stream->writes == 1);
  connection.receive(publish(1));
  CHECK(connection.stream->writes == 1);
}

TEST_CASE("a read whose answer is written costs no write of its own") {
  Delaying connection;
  for (int i = 0; i < 1'000; i++) connection.receive(bytes({0x32, 5, 0, 1, 't', 0, 1}));
  CHECK(connection.stream->early_acks == 0);
  CHECK(connection.stream->writes == 1'000);
}

TEST_CASE("heavy traffic costs no early ACKs") {
  Delaying connection;
  for (int i = 0; i < 1'000; i++) connection.receive(publish(100));
  CHECK(connection.stream->early_acks == 1);  // it had been writing before
  connection.write();
  for (int i = 0; i < 1'000; i++) connection.receive(publish(DelayedAck::max_read));
  CHECK(connection.stream->early_acks == 1);
}

TEST_CASE("another thread that reads low traffic acknowledges it, too") {
  Delaying connection;
  connection.receive({});
  connection.stream->feed(publish(1));
  CHECK(connection.connection->try_read());
  CHECK(connection.connection->writer().owes_replies());
  CHECK(connection.stream->early_acks == 0);
  connection.connection->writer().flush_replies();
  CHECK(connection.stream->early_acks == 1);
  CHECK_FALSE(connection.connection->writer().owes_replies());

  connection.write();
  connection.stream->feed(bytes({0x32, 5, 0, 1, 't', 0, 1}));
  CHECK(connection.connection->try_read());
  CHECK(connection.connection->writer().owes_replies());
}

TEST_CASE("the layers above a socket pass on that it delays an ACK, and the write that sends it") {
  auto owned = std::make_unique<FakeStream>();
  FakeStream& below = *owned;
  net::websocket::WebSocketStream websocket(std::move(owned));
  below.delays = true;
  const auto answer = [](net::Stream& stream) {
    mqtt::Bytes packet = bytes({0xC0, 0});
    const iovec part{packet.data(), packet.size()};
    CHECK(stream.write({&part, 1}).bytes == packet.size());
  };
  answer(websocket);
  below.feed(bytes({0x82, 2, 0xD0, 0}));
  mqtt::Bytes into(100);
  CHECK(websocket.read(into).bytes == 2);
  CHECK(websocket.delays_ack());
  CHECK(websocket.write({}).state == net::Transfer::State::moved);
  CHECK(below.early_acks == 1);

  test::Secured secured;
  CHECK_FALSE(secured.stream().delays_ack());
  secured.peer.delays_ack = true;
  CHECK(secured.stream().delays_ack());
  const int writes = secured.peer.writes;
  CHECK(secured.stream().write({}).state == net::Transfer::State::moved);
  CHECK(secured.peer.writes == writes + 1);
}
