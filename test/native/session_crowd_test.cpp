// Many sessions at once.

#include <doctest/doctest.h>

#include <ctime>
#include <memory>
#include <thread>
#include <vector>

#include "session_fixture.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native;
using mqtt::Bytes;
using mqtt_native::test::bytes;
using mqtt_native::test::connack;
using mqtt_native::test::publish;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;

namespace {

struct Fixture : SessionFixture {
  TestPeer connect(bool clean = true) {
    session::ConnectRequest asked = request();
    asked.clean = clean;
    return SessionFixture::connect(asked, connack);
  }

  void submit(const session::Operation& operation) const {
    session->submit(operation);
    session->flush();
  }

  void publish_text(uint32_t token, uint8_t qos) const {
    submit({.qos = qos, .token = token, .topics = "t", .payload = std::as_bytes(std::span("hi", 2))});
  }
};

/** Connected sessions and the broker's ends of their connections. */
struct Crowd {
  std::vector<std::unique_ptr<Fixture>> fixtures;
  std::vector<TestPeer> peers;
};

Crowd make_crowd(int count) {
  Crowd crowd;
  for (int i = 0; i < count; i++) {
    crowd.fixtures.push_back(std::make_unique<Fixture>());
    crowd.peers.push_back(crowd.fixtures.back()->connect());
  }
  return crowd;
}

}  // namespace

TEST_CASE("a peer that stops reading stops its own session only") {
  Fixture stuck;
  TestPeer deaf = stuck.connect();
  for (uint32_t token = 1; token <= 100; token++)
    stuck.submit({.token = token, .topics = "t", .payload = Bytes(1024 * 1024)});
  Fixture fixture;
  TestPeer peer = fixture.connect();
  fixture.publish_text(1, 0);
  peer.expect(0x30);
  CHECK(fixture.events->next() == "completed 1");
  CHECK(stuck.session->queued() > 0);
  for (int i = 0; i < 100; i++) CHECK(deaf.expect(0x30).size() > 1024 * 1024);
}

TEST_CASE("sessions are created and disposed, connected or not") {
  for (int i = 0; i < 200; i++) {
    Fixture fixture;
    if (i % 3 == 0) continue;
    TestPeer peer = fixture.connect(i % 2 == 0);
    fixture.publish_text(1, static_cast<uint8_t>(i % 3));
    if (i % 5 == 0) peer.close();
  }
}

TEST_CASE("an event of one session is handled at once among many idle ones") {
  auto [fixtures, peers] = make_crowd(50);
  const auto begin = base::Clock::now();
  for (size_t first = 0; first < 50; first += 5) {
    peers[first].write(publish(100));
    CHECK(fixtures[first]->events->next().starts_with("message "));
    fixtures[first + 1]->publish_text(1, 1);
    peers[first + 1].expect(0x32);
    peers[first + 1].write(bytes({0x40, 2, 0, 1}));
    CHECK(fixtures[first + 1]->events->next() == "completed 1");
    peers[first + 2].close();
    CHECK(fixtures[first + 2]->events->next() == "lost CONNECTION_LOST");
    fixtures[first + 3]->session->abort({"ABORTED", "enough"});
    CHECK(fixtures[first + 3]->events->next() == "lost ABORTED");
    peers[first + 4].write(bytes({0x30, 100, 0, 1, 't'}));  // an incomplete packet
    peers[first + 4].close();
    CHECK(fixtures[first + 4]->events->next() == "lost CONNECTION_LOST");
    Fixture().connect();
  }
  // All connections are served once a second. An event that is found only then takes a second in each round.
  CHECK(base::Clock::now() - begin < 5s);
}

TEST_CASE("idle sessions take no processor time") {
  const auto [fixtures, peers] = make_crowd(3);
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(400ms);
  CHECK(std::clock() - before < CLOCKS_PER_SEC / 10);
}

TEST_CASE("the hundredth client connects as the first did") {
  auto [fixtures, peers] = make_crowd(100);
  for (auto& peer : peers) peer.write(publish(3));
  for (auto& fixture : fixtures) CHECK(fixture->events->next() == "message t 3");
}
