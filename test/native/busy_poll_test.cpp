#include "node/busy_poll.hpp"

#include <doctest/doctest.h>

using namespace mqtt_native;
using namespace std::chrono_literals;
using node::BusyPoll;

namespace {

/** A loop that asks, and the time that passes there. */
struct Fixture {
  net::TimePoint now{};
  bool awake = false;
  BusyPoll busy_poll{{.stay_awake = [this] { awake = true; }, .may_sleep = [this] { awake = false; }}};

  /** Whether the answer, which comes in so much time, is waited for awake. */
  bool exchange(std::chrono::microseconds time, size_t events = 1) {
    busy_poll.asked(now);
    const bool waits_awake = awake;
    now += time;
    busy_poll.answered(now, events);
    return waits_awake;
  }

  /** How many prompt answers it takes until the next one is waited for awake; that one is under way then. */
  uint32_t prompt_answers_until_awake() {
    for (uint32_t count = 0;; count++) {
      REQUIRE(count <= BusyPoll::most_prompt);
      busy_poll.asked(now);
      if (awake) return count;
      busy_poll.answered(now += 10us, 1);
    }
  }

  void wait_in_vain() {
    busy_poll.turned(now);
    busy_poll.turned(now += BusyPoll::moment);
  }
};

}  // namespace

TEST_CASE("an answer is waited for awake once a few in a row have been prompt") {
  Fixture fixture;
  for (uint32_t i = 0; i < BusyPoll::least_prompt; i++) CHECK(!fixture.exchange(BusyPoll::moment));
  for (int i = 0; i < 100; i++) CHECK(fixture.exchange(50us));
  CHECK(!fixture.awake);
}

TEST_CASE("a late answer ends that, and so do many at once") {
  for (const bool is_late : {true, false}) {
    Fixture fixture;
    fixture.prompt_answers_until_awake();
    fixture.busy_poll.answered(fixture.now, 1);
    CHECK(fixture.exchange(is_late ? BusyPoll::moment + 1us : 10us, is_late ? 1 : BusyPoll::few + 1));
    CHECK(!fixture.awake);
    CHECK(!fixture.exchange(10us));
  }
}

TEST_CASE("what comes without having been asked for says nothing") {
  Fixture fixture;
  for (int i = 0; i < 100; i++) fixture.busy_poll.answered(fixture.now += 10us, 1);
  CHECK(!fixture.exchange(10us));
  CHECK(fixture.prompt_answers_until_awake() == BusyPoll::least_prompt - 1);
}

TEST_CASE("an answer that does not come is waited for a moment long, from the first look on") {
  Fixture fixture;
  fixture.prompt_answers_until_awake();
  fixture.now += 1s;  // the program was at work
  fixture.busy_poll.turned(fixture.now);
  fixture.busy_poll.turned(fixture.now += BusyPoll::moment - 1us);
  CHECK(fixture.awake);
  fixture.busy_poll.asked(fixture.now);  // which does not make it longer
  fixture.busy_poll.turned(fixture.now += 1us);
  CHECK(!fixture.awake);
}

TEST_CASE(
    "each wait in vain makes the next one rarer, up to a limit, and each that is not makes it less rare") {
  Fixture fixture;
  for (uint32_t expected = BusyPoll::least_prompt; expected < BusyPoll::most_prompt; expected *= 4) {
    CHECK(fixture.prompt_answers_until_awake() == expected);
    fixture.wait_in_vain();
  }
  for (int i = 0; i < 2; i++) {
    CHECK(fixture.prompt_answers_until_awake() == BusyPoll::most_prompt);
    fixture.wait_in_vain();
  }
  fixture.prompt_answers_until_awake();
  fixture.busy_poll.answered(fixture.now, 1);
  CHECK(fixture.exchange(10us));
  fixture.exchange(1s);
  CHECK(fixture.prompt_answers_until_awake() == BusyPoll::most_prompt / 4);
}

TEST_CASE("a loop that goes is left asleep") {
  int starts = 0;
  int stops = 0;
  {
    BusyPoll busy_poll{{.stay_awake = [&] { starts++; }, .may_sleep = [&] { stops++; }}};
    for (uint32_t i = 0; i < BusyPoll::least_prompt; i++) {
      busy_poll.asked({});
      busy_poll.answered({}, 1);
    }
    busy_poll.asked({});
    CHECK(starts == 1);
    CHECK(stops == 0);
  }
  CHECK(stops == 1);
}
