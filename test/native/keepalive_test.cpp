#include "mqtt/keepalive.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using mqtt_native::base::TimePoint;
using mqtt_native::mqtt::Keepalive;
using Action = Keepalive::Action;

namespace {

const TimePoint start = TimePoint{} + 1000s;

}  // namespace

TEST_CASE("an idle connection is probed before its interval is over, and given up half an interval later") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 8s, false, true) == Action::none);
  CHECK(keepalive.due() == start + 9s);
  CHECK(keepalive.check(start + 9s, false, true) == Action::ping);
  keepalive.sent(start + 9s);
  CHECK(keepalive.check(start + 13s, false, true) == Action::none);
  CHECK(keepalive.check(start + 14s, false, true) == Action::give_up);
}

TEST_CASE("an answer, or anything else that arrives, starts the clock again") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 9s, false, true) == Action::ping);
  keepalive.sent(start + 9s);
  keepalive.received(start + 10s);
  CHECK(keepalive.check(start + 14s, false, true) == Action::none);
  CHECK(keepalive.due() == start + 18s);
}

TEST_CASE("who only sends is probed too: a dead peer takes bytes for a long time") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  keepalive.sent(start + 8s);
  CHECK(keepalive.check(start + 9s, false, true) == Action::ping);
}

TEST_CASE("a peer that takes our bytes is alive, however long its answer waits behind them") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 9s, true, true) == Action::ping);
  keepalive.sent(start + 13s);
  CHECK(keepalive.check(start + 14s, true, true) == Action::none);
  CHECK(keepalive.check(start + 17s, true, true) == Action::none);
  CHECK(keepalive.check(start + 18s, true, true) == Action::give_up);
}

TEST_CASE("while we do not read, silence means nothing, but the broker goes on hearing from us") {
  Keepalive keepalive;
  keepalive.start(10s, start);
  CHECK(keepalive.check(start + 9s, false, false) == Action::ping);
  CHECK(keepalive.check(start + 14s, false, false) == Action::ping);
  CHECK(keepalive.check(start + 19s, false, false) == Action::ping);
}

TEST_CASE("zero is off") {
  Keepalive keepalive;
  keepalive.start(0s, start);
  CHECK(keepalive.due() == mqtt_native::base::never);
  CHECK(keepalive.check(start + 1000h, false, true) == Action::none);
}
