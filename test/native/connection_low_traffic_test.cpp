// The packets of a connection that a thread other than the receive thread reads.

#include <doctest/doctest.h>

#include <future>
#include <vector>

#include "connection_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::publish;
using mqtt_native::test::operator+;
using mqtt::Bytes;
using Fixture = mqtt_native::test::ConnectionFixture;

namespace {

/** A PUBLISH of QoS 1 without payload, with the topic "t" and the identifier 9. */
const Bytes message_qos1 = bytes({0x32, 5, 0, 1, 't', 0, 9});

/** Lets another thread try to read. Returns its result. */
bool try_read_elsewhere(Fixture& fixture) {
  return std::async(std::launch::async, [&fixture] { return fixture.connection->try_read(); }).get();
}

}  // namespace

TEST_CASE("another thread may read low traffic, and reply later") {
  Fixture fixture;
  fixture.connection->read();
  CHECK(fixture.offers == 0);
  fixture.establish();
  fixture.connection->read();
  CHECK(fixture.offers == 0);  // nothing has arrived since the CONNACK

  fixture.stream->written.clear();
  fixture.stream->feed(message_qos1);
  CHECK(fixture.connection->try_read());
  CHECK(fixture.messages == 1);
  CHECK(fixture.batches == 0);
  CHECK(fixture.offers == 1);
  CHECK(fixture.stream->written.empty());
  CHECK(fixture.connection->writer().owes_replies());
  fixture.connection->writer().flush_replies();
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}));
  CHECK_FALSE(fixture.connection->writer().claim_replies());

  fixture.read(publish(5));
  CHECK(fixture.connection->try_read());  // the receive thread was faster
  CHECK(fixture.messages == 2);
}

TEST_CASE("the receive thread may send the replies of another thread") {
  Fixture fixture;
  fixture.establish();
  fixture.connection->read();
  fixture.stream->written.clear();
  fixture.stream->feed(message_qos1);
  CHECK(fixture.connection->try_read());
  fixture.connection->read();
  CHECK(fixture.connection->writer().claim_replies());
  fixture.connection->writer().flush();
  CHECK(fixture.stream->written == bytes({0x40, 2, 0, 9}));
  const int writes = fixture.stream->writes;
  fixture.connection->writer().flush_replies();
  CHECK(fixture.stream->writes == writes);
}

TEST_CASE("heavy traffic is not offered to another thread") {
  Fixture fixture;
  fixture.establish();
  for (int i = 1; i <= 3; i++) {
    fixture.read(publish(5));
    CHECK(fixture.offers == i);
  }
  fixture.read(publish(5) + publish(5) + publish(5));
  CHECK(fixture.offers == 4);
  fixture.read(publish(20'000));
  CHECK(fixture.offers == 4);
}

TEST_CASE("another thread leaves some input to the receive thread") {
  Fixture fixture;
  fixture.stream->feed(connack);
  CHECK_FALSE(fixture.connection->try_read());  // the beginning
  CHECK(fixture.control_packets.empty());
  fixture.stream->discard();
  fixture.establish();
  fixture.connection->read();

  SUBCASE("heavy traffic") {
    for (int i = 0; i < 20; i++) fixture.stream->feed(publish(1000));
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.messages < 20);
    fixture.read_all();
    CHECK(fixture.messages == 20);
  }
  SUBCASE("the rest of a large packet") {
    const Bytes large = publish(50'000);
    fixture.read(Bytes(large.begin(), large.end() - 1));
    fixture.stream->feed({large.back()});
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.messages == 0);
    fixture.connection->on_ready(true, false, false);
    fixture.connection->read();
    CHECK(fixture.messages == 1);
  }
  SUBCASE("all input, while the receive thread reads") {
    fixture.stream->feed(publish(5));
    const auto reader = fixture.connection->reader();
    CHECK(try_read_elsewhere(fixture));
    CHECK(fixture.messages == 0);
  }
  SUBCASE("all input, while the receiver cannot keep up") {
    fixture.stream->feed(publish(5));
    *fixture.paused = true;
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.messages == 0);
  }
  SUBCASE("all input, once the connection is closed") {
    fixture.stream->feed(publish(5));
    fixture.connection->close();
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.messages == 0);
  }
}

TEST_CASE("another thread handles control packets and ends, too") {
  Fixture fixture(mqtt::Protocol::v5);
  fixture.establish();
  fixture.connection->read();
  fixture.control_packets.clear();

  SUBCASE("a SUBACK, and a message behind it") {
    CHECK(fixture.send_subscribe(7) == 1);
    const Bytes suback = bytes({0x90, 4, 0, 1, 0, 0});
    fixture.stream->feed(suback + bytes({0x30, 4, 0, 1, 't', 0}));
    CHECK(fixture.connection->try_read());
    CHECK(fixture.control_packets == std::vector<Bytes>{suback});
    CHECK(fixture.answered == std::vector<uint32_t>{7});
    CHECK(fixture.messages == 1);
  }
  SUBCASE("a DISCONNECT") {
    fixture.stream->feed(bytes({0xE0, 0}));
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.ends == 1);
  }
  SUBCASE("a protocol error") {
    fixture.stream->feed(bytes({0x30, 4, 0, 1, 't', 0}) + bytes({0x00, 0}));
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.messages == 1);
    CHECK(fixture.connection->close_reason().failure.code == "PROTOCOL_ERROR");
  }
  SUBCASE("the end") {
    fixture.stream->ended = true;
    CHECK_FALSE(fixture.connection->try_read());
    CHECK(fixture.connection->close_reason().failure.code == "CONNECTION_LOST");
  }
}
