#include "node/loop_delivery/busy_poll.hpp"

#include <doctest/doctest.h>

using namespace mqtt_native;
using namespace std::chrono_literals;
using node::BusyPoll;

namespace {

constexpr auto poll_limit = BusyPoll::poll_limit;
constexpr auto credit_per_hit = BusyPoll::credit_per_hit;

/** Returns the number of prompt answers whose credit covers this time. */
constexpr int answers_for(BusyPoll::Duration time) {
  return static_cast<int>((time + credit_per_hit - 1ns) / credit_per_hit);
}
constexpr int enough = answers_for(poll_limit);

/** An event loop with flushes, answers and a simulated clock. */
struct Fixture {
  base::TimePoint now{};
  bool awake = false;
  BusyPoll busy_poll{{.stay_awake = [this] { awake = true; }, .may_sleep = [this] { awake = false; }}};

  /** Lets this time pass. A polling loop iterates all the time. */
  void pass(base::Clock::duration time) {
    const base::TimePoint end = now + time;
    for (; now < end; now += 1us)
      if (awake) busy_poll.on_iteration(now);
    if (awake) busy_poll.on_iteration(now);
  }

  void ask() { busy_poll.on_flush(now); }
  void answer(size_t events = 1) { busy_poll.on_events(now, events); }

  void exchange(base::Clock::duration time, size_t events = 1) {
    ask();
    pass(time);
    answer(events);
  }

  /** Returns the number of prompt answers until the loop polls for the next one, which is pending then. */
  int answers_until_awake() {
    for (int count = 0;; count++) {
      REQUIRE(count < 2 * BusyPoll::max_penalty / credit_per_hit);
      ask();
      if (awake) return count;
      answer();
    }
  }
};

}  // namespace

TEST_CASE("the loop polls for an answer once a few have been prompt") {
  Fixture fixture;
  for (int i = 0; i < enough; i++) {
    CHECK(!fixture.awake);
    fixture.exchange(poll_limit);
  }
  for (int i = 0; i < 1000; i++) {
    fixture.ask();
    CHECK(fixture.awake);
    fixture.pass(credit_per_hit - 1us);
    fixture.answer();
  }
}

TEST_CASE("the loop polls after an answer for the time of one credit") {
  Fixture fixture;
  fixture.answers_until_awake();
  for (int i = 0; i < 3; i++) {
    fixture.answer();
    fixture.pass(credit_per_hit - 1us);
    CHECK(fixture.awake);
  }
  fixture.pass(1us);
  CHECK(!fixture.awake);
}

TEST_CASE("a late answer spends the credit of prompt ones, and so do many events at once") {
  for (const bool is_late : {true, false}) {
    Fixture fixture;
    for (int i = 0; i < enough - 1; i++) fixture.exchange(10us);
    for (int i = 0; i < enough; i++) {
      fixture.answer();  // without a flush
      fixture.exchange(is_late ? poll_limit + 1us : 10us, is_late ? 1 : BusyPoll::max_events + 1);
    }
    CHECK(fixture.answers_until_awake() == enough);
  }
}

TEST_CASE("an event without a flush earns no credit") {
  Fixture fixture;
  fixture.exchange(10us, BusyPoll::max_events + 1);
  for (int i = 0; i < 100; i++) fixture.answer();
  CHECK(fixture.answers_until_awake() == enough);
}

TEST_CASE("polling takes no more time than prompt answers have earned") {
  Fixture fixture;
  constexpr int count = 1000;
  base::Clock::duration spent{};
  for (int i = 0; i < count; i++) {
    fixture.ask();
    const bool was_awake = fixture.awake;
    fixture.pass(poll_limit - 1us);
    if (was_awake) spent += poll_limit - 1us;
    fixture.answer();
    fixture.pass(1us);
  }
  CHECK(spent > count * credit_per_hit / 2);
  CHECK(spent < count * credit_per_hit + BusyPoll::max_credit);
}

TEST_CASE("a missing answer is polled for during the limit, from the first iteration on") {
  Fixture fixture;
  fixture.answers_until_awake();
  fixture.now += 1s;  // the program was running
  fixture.pass(poll_limit - 1us);
  CHECK(fixture.awake);
  fixture.ask();  // does not extend the poll
  fixture.pass(1us);
  CHECK(!fixture.awake);
}

TEST_CASE("each poll without an answer raises the penalty up to a limit, and answers lower it") {
  Fixture fixture;
  int expected = enough;
  CHECK(fixture.answers_until_awake() == expected);
  for (auto debt = BusyPoll::min_penalty; debt < BusyPoll::max_penalty; debt *= 4) {
    fixture.pass(poll_limit);
    CHECK(!fixture.awake);
    expected = answers_for(debt + poll_limit);
    CHECK(fixture.answers_until_awake() == expected);
  }
  for (int i = 0; i < 3; i++) {
    fixture.pass(poll_limit);
    expected = answers_for(BusyPoll::max_penalty + poll_limit);
    CHECK(fixture.answers_until_awake() == expected);
  }
  for (int i = 0; i < 20; i++) fixture.exchange(1us);
  fixture.ask();
  fixture.pass(poll_limit);
  CHECK(fixture.answers_until_awake() == answers_for(BusyPoll::min_penalty + poll_limit));
}

TEST_CASE("a program that is busy after the first iteration gets no penalty") {
  Fixture fixture;
  fixture.answers_until_awake();
  fixture.busy_poll.on_iteration(fixture.now);
  fixture.busy_poll.on_iteration(fixture.now += 1s);
  CHECK(!fixture.awake);
  CHECK(fixture.answers_until_awake() <= enough);
}

TEST_CASE("a program that is busy before the answer gets no penalty") {
  Fixture fixture;
  fixture.answers_until_awake();
  fixture.busy_poll.on_iteration(fixture.now);
  fixture.now += 1s;
  fixture.answer();
  CHECK(fixture.answers_until_awake() <= enough);
}

TEST_CASE("a destroyed BusyPoll stops polling") {
  int starts = 0;
  int stops = 0;
  {
    BusyPoll busy_poll{{.stay_awake = [&] { starts++; }, .may_sleep = [&] { stops++; }}};
    for (int i = 0; i < enough; i++) {
      busy_poll.on_flush({});
      busy_poll.on_events({}, 1);
    }
    busy_poll.on_flush({});
    CHECK(starts == 1);
    CHECK(stops == 0);
  }
  CHECK(stops == 1);
}
