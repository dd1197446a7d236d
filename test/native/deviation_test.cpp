// Faults of the broker that are tolerated.

#include <doctest/doctest.h>

#include <string>

#include "session_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;
using mqtt_native::test::operator+;
using mqtt::Bytes;

TEST_CASE("a fault of the broker that is tolerated is reported once, over all connections") {
  constexpr std::string_view topic = "t";
  SessionFixture fixture;
  for (int connections = 0; connections < 2; connections++) {
    TestPeer peer = fixture.connect(fixture.request());
    for (uint32_t token = 1; token <= 2; token++) {
      fixture.session->submit({.qos = 2, .token = token, .topics = topic});
      fixture.session->flush();
      const Bytes publish = peer.expect(0x34);
      peer.write(bytes({0x40, 2}) + Bytes(publish.begin() + 5, publish.begin() + 7));
      if (connections == 0 && token == 1) CHECK(fixture.events->next() == "deviation 0");
      CHECK(fixture.events->next() == "completed " + std::to_string(token));
    }
    peer.close();
    CHECK(fixture.events->next() == "lost CONNECTION_LOST");
  }
}
