#include "mqtt/keepalive.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using mqtt_native::base::TimePoint;
using mqtt_native::mqtt::Keepalive;
using Action = Keepalive::Action;

namespace {

const TimePoint start = TimePoint{} + 1000s;

}  // namespace

TEST_CASE("an idle connection is probed before its interval ends, and dead half an interval later") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 8s, false, true) == Action::none);
  CHECK(keepalive.due() == start + 9s);
  CHECK(keepalive.check(start + 9s, false, true) == Action::ping);
  keepalive.sent(start + 9s);
  CHECK(keepalive.check(start + 13s, false, true) == Action::none);
  CHECK(keepalive.check(start + 14s, false, true) == Action::give_up);
}

TEST_CASE("any received packet restarts the timer") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 9s, false, true) == Action::ping);
  keepalive.sent(start + 9s);
  keepalive.received(start + 10s);
  CHECK(keepalive.check(start + 14s, false, true) == Action::none);
  CHECK(keepalive.due() == start + 18s);
}

TEST_CASE("a connection that only sends is probed too, because a dead peer accepts bytes for long") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  keepalive.sent(start + 8s);
  CHECK(keepalive.check(start + 9s, false, true) == Action::ping);
}

TEST_CASE("a peer that accepts bytes is alive, however late its answer is") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 9s, true, true) == Action::ping);
  keepalive.sent(start + 13s);
  CHECK(keepalive.check(start + 14s, true, true) == Action::none);
  CHECK(keepalive.check(start + 17s, true, true) == Action::none);
  CHECK(keepalive.check(start + 18s, true, true) == Action::give_up);
}

TEST_CASE("while reading is paused, silence does not count, and PINGREQ is still sent") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 9s, false, false) == Action::ping);
  CHECK(keepalive.check(start + 14s, false, false) == Action::ping);
  CHECK(keepalive.check(start + 19s, false, false) == Action::ping);
}

TEST_CASE("an interval of zero turns keepalive off") {
  Keepalive keepalive;
  keepalive.start(0s, start);
  CHECK(keepalive.due() == mqtt_native::base::never);
  CHECK(keepalive.check(start + 1000h, false, true) == Action::none);
}
