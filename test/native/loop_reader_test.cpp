#include "node/loop_delivery/loop_reader.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "session_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::publish;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;
using mqtt_native::test::operator+;
using mqtt::Bytes;

namespace {

constexpr uint32_t client = 1;

/** A connected session, and an event loop that only reads for it. */
class Fixture : public SessionFixture {
 public:
  Fixture() : Fixture(std::make_shared<node::LoopReader>([] { return true; })) {}
  ~Fixture() {
    stopped_ = true;
    busy_ = false;
    busy_.notify_all();
    loop_.join();
  }
  Fixture(const Fixture&) = delete;
  Fixture& operator=(const Fixture&) = delete;

  /** Sends a message, and awaits its event and its acknowledgement. */
  void exchange() {
    peer->write(bytes({0x32, 5, 0, 1, 't', 0, 1}));
    CHECK(peer->expect(0x40) == bytes({0x40, 2, 0, 1}));
    CHECK(events->next() == "message t 0");
  }

  /** InflightTable messages until the loop reads them. */
  void exchange_until_loop_reads() {
    for (int i = 0; reads_ == 0 && i < 1000; i++) exchange();
    REQUIRE(reads_ > 0);
  }

  /** Leaves all reading to the receive thread from now on. */
  void be_busy() { busy_ = true; }
  /** Returns how often the loop has been woken to read. */
  [[nodiscard]] int reads() const { return reads_; }

  std::optional<TestPeer> peer;

 private:
  explicit Fixture(const std::shared_ptr<node::LoopReader>& reader)
      : SessionFixture(reader->make_delivery(client)), reader_(reader) {
    reader_->add(client, *session);
    peer.emplace(connect(request()));
    loop_ = std::thread([this] { run(); });
  }

  void run() {
    while (!stopped_) {
      if (busy_) busy_.wait(true);
      pollfd entry{reader_->descriptor(), POLLIN, 0};
      if (::poll(&entry, 1, 1) == 0) continue;
      reads_++;
      reader_->read();
      events->notify();
      reader_->flush_replies();
    }
    reader_->remove(client);
  }

  const std::shared_ptr<node::LoopReader> reader_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> busy_ = false;
  std::atomic<int> reads_ = 0;
  std::thread loop_;
};

}  // namespace

TEST_CASE("two threads read from one connection without loss, duplicates or reordering") {
  Fixture fixture;
  constexpr size_t count = 2000;
  for (size_t size = 0; size < count; size++) {
    fixture.peer->write(bytes({0x32, 0x85, 0x20, 0, 1, 't', 0, 1}) + Bytes(4096));
    CHECK(fixture.peer->expect(0x40) == bytes({0x40, 2, 0, 1}));
    fixture.peer->write(publish(size) + publish(size));
  }
  for (size_t size = 0; size < count; size++) {
    CHECK(fixture.events->next() == "message t 4096");
    CHECK(fixture.events->next() == "message t " + std::to_string(size));
    CHECK(fixture.events->next() == "message t " + std::to_string(size));
  }
}

TEST_CASE("a loop that has become busy delays nothing") {
  Fixture fixture;
  for (int i = 0; i < 2000; i++) fixture.exchange();
  fixture.be_busy();
  for (int i = 0; i < 10; i++) fixture.exchange();
}

TEST_CASE("a loop that is woken for nothing is left alone") {
  Fixture fixture;
  fixture.exchange_until_loop_reads();
  for (int i = 0; i < 200; i++) {
    const int before = fixture.reads();
    fixture.exchange();
    CHECK(fixture.reads() <= before + 2);
  }
}

TEST_CASE("rare messages are left to the receive thread") {
  const auto reader = std::make_shared<node::LoopReader>([] { return true; });
  const auto delivery = reader->make_delivery(client);
  for (int i = 0; i < 3; i++) delivery->offer(0);
  CHECK_FALSE(delivery->is_reading());
}

TEST_CASE("a loop that does not keep up is offered nothing") {
  const auto reader = std::make_shared<node::LoopReader>([] { return false; });
  const auto delivery = reader->make_delivery(client);
  for (int i = 0; i < 100; i++) delivery->offer(0);
  CHECK_FALSE(delivery->is_reading());
}

namespace {

/** A delivery that reads one end of a pair of sockets. */
struct Reading {
  Reading() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    one = base::FileDescriptor(ends[0]);
    other = base::FileDescriptor(ends[1]);
    offer();
    CHECK(delivery->is_reading());
  }
  void offer() const {
    for (int i = 0; i < 100; i++) delivery->offer(one.number());
  }

  const std::shared_ptr<node::LoopReader> reader = std::make_shared<node::LoopReader>([] { return true; });
  const std::shared_ptr<session::LoopDelivery> delivery = reader->make_delivery(client);
  base::FileDescriptor one;
  base::FileDescriptor other;
};

}  // namespace

TEST_CASE("an idle loop returns the descriptor with the second check") {
  const Reading reading;
  reading.delivery->check();
  CHECK(reading.delivery->is_reading());
  reading.delivery->check();
  CHECK_FALSE(reading.delivery->is_reading());
  reading.offer();
  CHECK(reading.delivery->is_reading());
}

TEST_CASE("a loop accepts nothing for a while after it had too much to read") {
  const Reading reading;
  reading.delivery->pause();
  CHECK_FALSE(reading.delivery->is_reading());
  reading.offer();
  CHECK_FALSE(reading.delivery->is_reading());
}

TEST_CASE("a client that was removed is read no more") {
  const Reading reading;
  REQUIRE(::write(reading.other.number(), "x", 1) == 1);
  reading.reader->remove(client);
  CHECK_FALSE(reading.delivery->is_reading());
  pollfd entry{reading.reader->descriptor(), POLLIN, 0};
  CHECK(::poll(&entry, 1, 0) == 0);
  reading.offer();
  CHECK_FALSE(reading.delivery->is_reading());
}

TEST_CASE("the receive thread reads the input that a loop must not read") {
  Fixture fixture;
  for (uint32_t token = 1; token <= 200; token++) {
    for (int i = 0; i < 10; i++) fixture.exchange();
    const std::array options{std::byte{0}};
    fixture.session->submit({.kind = session::Operation::Kind::subscribe,
                             .token = token,
                             .topics = {"\0\1t", 3},
                             .options = options});
    fixture.session->flush();
    const Bytes packet = fixture.peer->expect(0x82);
    fixture.peer->write(bytes({0x90, 3}) + Bytes{packet[2], packet[3]} + bytes({0}));
    CHECK(fixture.events->next() == "completed " + std::to_string(token));
  }
}

TEST_CASE("answers that a loop has read open the window") {
  Fixture fixture;
  constexpr uint32_t count = 500;  // the window is 20
  for (uint32_t token = 1; token <= count; token++)
    fixture.session->submit({.qos = 1, .token = token, .topics = "t"});
  fixture.session->flush();
  for (uint32_t token = 1; token <= count; token++) {
    const Bytes packet = fixture.peer->expect(0x32);
    fixture.peer->write(bytes({0x40, 2}) + Bytes{packet[5], packet[6]});
  }
  for (uint32_t token = 1; token <= count; token++)
    CHECK(fixture.events->next() == "completed " + std::to_string(token));
}

TEST_CASE("the end is reported after all packets, whichever thread read them") {
  for (int i = 0; i < 100; i++) {
    Fixture fixture;
    fixture.peer->write(publish(1));
    CHECK(fixture.events->next() == "message t 1");
    fixture.peer->write(publish(2));
    fixture.peer->close();
    CHECK(fixture.events->next() == "message t 2");
    CHECK(fixture.events->next() == "lost CONNECTION_LOST");
    CHECK(fixture.events->count() == 4);
  }
}

TEST_CASE("a session may be aborted or disposed while a loop reads for it") {
  for (int i = 0; i < 100; i++) {
    Fixture fixture;
    const bool is_left = i % 2 == 0;
    for (size_t size = 0; size < 3; size++) fixture.peer->write(publish(size));
    if (is_left) {
      fixture.session->disconnect(bytes({0xE0, 0}));
      fixture.peer->expect(0xE0);
      fixture.peer->close();
    } else {
      fixture.session->abort({"TEST", "given up"});
    }
    std::string last = fixture.events->next();
    while (last.starts_with("message")) last = fixture.events->next();
    CHECK(last == (is_left ? "closed" : "lost TEST"));
  }
}
