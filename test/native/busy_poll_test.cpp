#include "node/loop_delivery/busy_poll.hpp"

#include <doctest/doctest.h>

using namespace mqtt_native;
using namespace std::chrono_literals;
using node::BusyPoll;

namespace {

constexpr auto moment = BusyPoll::moment;
constexpr auto worth = BusyPoll::worth;

/** How many prompt answers pay for that. */
constexpr int answers_for(BusyPoll::Duration time) {
  return static_cast<int>((time + worth - 1ns) / worth);
}
constexpr int enough = answers_for(moment);

/** A loop that asks, and the time that passes there. */
struct Fixture {
  net::TimePoint now{};
  bool awake = false;
  BusyPoll busy_poll{{.stay_awake = [this] { awake = true; }, .may_sleep = [this] { awake = false; }}};

  /** Lets so much time pass; if awake, the loop looks all the time. */
  void pass(net::Clock::duration time) {
    const net::TimePoint end = now + time;
    for (; now < end; now += 1us)
      if (awake) busy_poll.turned(now);
    if (awake) busy_poll.turned(now);
  }

  void ask() { busy_poll.asked(now); }
  void answer(size_t events = 1) { busy_poll.answered(now, events); }

  void exchange(net::Clock::duration time, size_t events = 1) {
    ask();
    pass(time);
    answer(events);
  }

  /** How many prompt answers it takes until the next one is waited for awake; that one is under way then. */
  int answers_until_awake() {
    for (int count = 0;; count++) {
      REQUIRE(count < 2 * BusyPoll::most_debt / worth);
      ask();
      if (awake) return count;
      answer();
    }
  }
};

}  // namespace

TEST_CASE("an answer is waited for awake once a few have been prompt") {
  Fixture fixture;
  for (int i = 0; i < enough; i++) {
    CHECK(!fixture.awake);
    fixture.exchange(moment);
  }
  for (int i = 0; i < 1000; i++) {
    fixture.ask();
    CHECK(fixture.awake);
    fixture.pass(worth - 1us);
    fixture.answer();
  }
}

TEST_CASE(
    "so does a loop go on for what comes right after an answer, but not for longer than that is worth") {
  Fixture fixture;
  fixture.answers_until_awake();
  for (int i = 0; i < 3; i++) {
    fixture.answer();
    fixture.pass(worth - 1us);
    CHECK(fixture.awake);
  }
  fixture.pass(1us);
  CHECK(!fixture.awake);
}

TEST_CASE("a late answer uses up what prompt ones have brought, and so do many at once") {
  for (const bool is_late : {true, false}) {
    Fixture fixture;
    for (int i = 0; i < enough - 1; i++) fixture.exchange(10us);
    for (int i = 0; i < enough; i++) {
      fixture.answer();  // unasked for
      fixture.exchange(is_late ? moment + 1us : 10us, is_late ? 1 : BusyPoll::few + 1);
    }
    CHECK(fixture.answers_until_awake() == enough);
  }
}

TEST_CASE("what comes without having been asked for says nothing") {
  Fixture fixture;
  fixture.exchange(10us, BusyPoll::few + 1);
  for (int i = 0; i < 100; i++) fixture.answer();
  CHECK(fixture.answers_until_awake() == enough);
}

TEST_CASE("no more time is spent than prompt answers have saved") {
  Fixture fixture;
  constexpr int count = 1000;
  net::Clock::duration spent{};
  for (int i = 0; i < count; i++) {
    fixture.ask();
    const bool was_awake = fixture.awake;
    fixture.pass(moment - 1us);
    if (was_awake) spent += moment - 1us;
    fixture.answer();
    fixture.pass(1us);
  }
  CHECK(spent > count * worth / 2);
  CHECK(spent < count * worth + BusyPoll::most_credit);
}

TEST_CASE("an answer that does not come is waited for a moment long, from the first look on") {
  Fixture fixture;
  fixture.answers_until_awake();
  fixture.now += 1s;  // the program was at work
  fixture.pass(moment - 1us);
  CHECK(fixture.awake);
  fixture.ask();  // which does not make it longer
  fixture.pass(1us);
  CHECK(!fixture.awake);
}

TEST_CASE("each moment in vain makes the next one rarer, up to a limit, and answers make it less rare") {
  Fixture fixture;
  int expected = enough;
  CHECK(fixture.answers_until_awake() == expected);
  for (auto debt = BusyPoll::least_debt; debt < BusyPoll::most_debt; debt *= 4) {
    fixture.pass(moment);
    CHECK(!fixture.awake);
    expected = answers_for(debt + moment);
    CHECK(fixture.answers_until_awake() == expected);
  }
  for (int i = 0; i < 3; i++) {
    fixture.pass(moment);
    expected = answers_for(BusyPoll::most_debt + moment);
    CHECK(fixture.answers_until_awake() == expected);
  }
  for (int i = 0; i < 20; i++) fixture.exchange(1us);
  fixture.ask();
  fixture.pass(moment);
  CHECK(fixture.answers_until_awake() == answers_for(BusyPoll::least_debt + moment));
}

TEST_CASE("a program that takes its time after the first look has not waited in vain") {
  Fixture fixture;
  fixture.answers_until_awake();
  fixture.busy_poll.turned(fixture.now);
  fixture.busy_poll.turned(fixture.now += 1s);
  CHECK(!fixture.awake);
  CHECK(fixture.answers_until_awake() <= enough);
}

TEST_CASE("nor has one that takes its time before it gets to the answer") {
  Fixture fixture;
  fixture.answers_until_awake();
  fixture.busy_poll.turned(fixture.now);
  fixture.now += 1s;
  fixture.answer();
  CHECK(fixture.answers_until_awake() <= enough);
}

TEST_CASE("a loop that goes is left asleep") {
  int starts = 0;
  int stops = 0;
  {
    BusyPoll busy_poll{{.stay_awake = [&] { starts++; }, .may_sleep = [&] { stops++; }}};
    for (int i = 0; i < enough; i++) {
      busy_poll.asked({});
      busy_poll.answered({}, 1);
    }
    busy_poll.asked({});
    CHECK(starts == 1);
    CHECK(stops == 0);
  }
  CHECK(stops == 1);
}
