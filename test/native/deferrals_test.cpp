#include "paho/deferrals.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <future>

#include "connection_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::ConnectionFixture;

namespace {

/** A connection that a poller knows, that somebody watches, and on which there may be something to read. */
struct Fixture : ConnectionFixture {
  Fixture() : ConnectionFixture(wire::Protocol::v311, wire::largest_packet, [](const auto&) {}) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    ours = net::FileDescriptor(ends[0]);
    theirs = net::FileDescriptor(ends[1]);
    stream->number = ours.number();
    establish();
    CHECK_FALSE(connection->readable());
    REQUIRE(poller.open() == 0);
    REQUIRE(poller.add(ours.number(), connection.get()) == 0);
    CHECK_FALSE(is_reported());
    CHECK_FALSE(connection->is_watched_closely(begin));
  }

  void take_often() {
    for (unsigned i = 0; i < wire::CloseWatch::often; i++) {
      stream->feed(bytes({0x32, 5, 0, 1, 't', 0, 9}));
      CHECK_FALSE(connection->read_little());
      ++*takes;
    }
  }

  void make_readable() const { CHECK(::send(theirs.number(), "x", 1, 0) == 1); }

  /** Whether the poller says that there is something to read. */
  bool is_reported() {
    bool readable = false;
    for (const net::Readiness& ready : poller.wait(net::Clock::now())) readable |= ready.readable;
    return readable;
  }

  /** Long ago, so that what the connection reads has come since. */
  const net::TimePoint begin = net::Clock::now() - std::chrono::seconds(1);
  const net::TimePoint later = begin + wire::CloseWatch::period;
  net::FileDescriptor ours;
  net::FileDescriptor theirs;
  net::Poller poller;
  paho::Deferrals deferrals{poller};
};

}  // namespace

TEST_CASE("what comes for a connection that is watched closely is not reported until the deferral ends") {
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  CHECK(fixture.deferrals.due() == fixture.later + paho::Deferrals::length);
  fixture.make_readable();
  CHECK_FALSE(fixture.is_reported());

  fixture.stream->written.clear();
  fixture.deferrals.end();
  CHECK(fixture.deferrals.due() == net::never);
  CHECK(fixture.is_reported());
  CHECK(fixture.stream->written.size() == 4 * wire::CloseWatch::often);  // the PUBACKs that waited
  CHECK_FALSE(fixture.connection->claim_replies());

  fixture.make_readable();
  CHECK(fixture.is_reported());
}

TEST_CASE("a deferral goes on while what comes is taken often") {
  constexpr auto length = paho::Deferrals::length;
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  net::TimePoint now = fixture.later + length;
  for (int i = 0; i < 3; i++) {
    fixture.take_often();
    fixture.take_often();
    CHECK_FALSE(fixture.deferrals.end_due(now - std::chrono::microseconds(1)));
    CHECK_FALSE(fixture.deferrals.end_due(now));
    now += length;
    CHECK(fixture.deferrals.due() == now);
  }
  fixture.make_readable();
  CHECK_FALSE(fixture.is_reported());
  CHECK(fixture.deferrals.end_due(now));
  CHECK(fixture.deferrals.due() == net::never);
  CHECK(fixture.is_reported());
  CHECK_FALSE(fixture.connection->claim_replies());
}

TEST_CASE("a connection is deferred once") {
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  const net::TimePoint due = fixture.deferrals.due();
  for (int i = 0; i < 8; i++) fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, due - std::chrono::microseconds(1));
  CHECK_FALSE(fixture.deferrals.end_due(due));
  CHECK(fixture.deferrals.due() == due + paho::Deferrals::length);
}

TEST_CASE("a deferral goes on while somebody reads") {
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  const net::TimePoint due = fixture.deferrals.due();
  const auto reader = fixture.connection->reader();
  CHECK_FALSE(std::async(std::launch::async, [&] { return fixture.deferrals.end_due(due); }).get());
  CHECK(fixture.deferrals.due() > due);
}

TEST_CASE("a deferral ends when what came often has stopped coming") {
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  for (int i = 0; i < 2000; i++) fixture.take_often();
  CHECK(fixture.deferrals.end_due(net::Clock::now() + wire::CloseWatch::period));
}

TEST_CASE("what comes for one that is not watched closely is reported") {
  Fixture fixture;
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  CHECK(fixture.deferrals.due() == net::never);
  fixture.make_readable();
  CHECK(fixture.is_reported());
}

TEST_CASE("the end of a connection is reported during a deferral") {
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  fixture.theirs = {};
  CHECK(fixture.is_reported());
}

TEST_CASE("a connection may go during its deferral") {
  Fixture fixture;
  fixture.take_often();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  fixture.connection->close();
  fixture.deferrals.forget(*fixture.connection);
  fixture.connection->release();
  fixture.connection.reset();
  fixture.deferrals.end();
  CHECK(fixture.deferrals.due() == net::never);
}

TEST_CASE("a connection that is closed is not deferred") {
  Fixture fixture;
  fixture.take_often();
  fixture.connection->close();
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  CHECK(fixture.deferrals.due() == net::never);
}

TEST_CASE("a descriptor that a poller does not know is left alone") {
  Fixture fixture;
  fixture.take_often();
  fixture.poller.remove(fixture.ours.number());
  fixture.deferrals.consider(*fixture.connection, fixture.later);
  CHECK(fixture.deferrals.due() == net::never);
}
