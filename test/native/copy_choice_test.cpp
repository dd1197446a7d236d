#include "net/copy_choice.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

using namespace mqtt_native::net;

namespace {

constexpr size_t size = 4096;
constexpr int some_hundred = 500;

/** Copies that take as long as the test says. */
struct Copies {
  CopyChoice choice;
  int64_t plain = 200;
  int64_t past_cache = 150;
  int past = 0;   // so many were made past the cache
  int timed = 0;  // and so many timed

  CopyTurn make_one() {
    const CopyTurn turn = choice.next();
    if (turn.is_timed) choice.note(turn.way, size, turn.way == CopyWay::plain ? plain : past_cache);
    return turn;
  }

  void make(int count) {
    past = timed = 0;
    for (int i = 0; i < count; i++) {
      const auto [way, is_timed] = make_one();
      if (way == CopyWay::past_cache) past++;
      if (is_timed) timed++;
    }
  }

  /** The way of most copies. */
  CopyWay way() {
    constexpr int count = 200;
    make(count);
    return past > count / 2 ? CopyWay::past_cache : CopyWay::plain;
  }
};

}  // namespace

TEST_CASE("copies are plain at first, and as long as that is not much slower") {
  Copies copies;
  CHECK(copies.choice.next().way == CopyWay::plain);
  copies.plain = 280;
  for (int i = 0; i < 20; i++) CHECK(copies.way() == CopyWay::plain);
}

TEST_CASE("few copies are timed or made the other way") {
  Copies copies;
  copies.make(10'000);
  CHECK(copies.timed > 100);
  CHECK(copies.timed < 400);
  CHECK(copies.past > 50);
  CHECK(copies.past < 200);
}

TEST_CASE("copies go past the cache soon after plain ones have become much slower") {
  for (const int64_t slow : {400, 1'200, 100'000}) {
    Copies copies;
    copies.make(1'000);
    CHECK(copies.way() == CopyWay::plain);
    copies.plain = slow;
    copies.make(some_hundred);
    CHECK(copies.way() == CopyWay::past_cache);
  }
}

TEST_CASE("copies are plain again soon after that has become quick") {
  Copies copies;
  copies.plain = 1'200;
  copies.make(5'000);
  CHECK(copies.way() == CopyWay::past_cache);
  copies.plain = 200;
  copies.make(some_hundred);
  CHECK(copies.way() == CopyWay::plain);
}

TEST_CASE("the plain way is tried from time to time while it is the slower one") {
  Copies copies;
  copies.plain = 1'000;
  copies.make(some_hundred);
  copies.make(1'000);
  CHECK(copies.past > 950);
  CHECK(copies.past < 1'000);
}

TEST_CASE("a copy in whose middle the thread was kept from running changes nothing") {
  constexpr int64_t milliseconds = 5'000'000;
  Copies copies;
  copies.make(1'000);
  copies.choice.note(CopyWay::plain, size, milliseconds);
  CHECK(copies.way() == CopyWay::plain);

  copies.plain = 500;
  copies.make(1'000);
  copies.choice.note(CopyWay::past_cache, size, milliseconds);
  CHECK(copies.way() == CopyWay::past_cache);
}

TEST_CASE("a clock that stands still does not keep the choice from what comes after") {
  Copies copies;
  copies.plain = copies.past_cache = 0;
  copies.make(100'000);
  CHECK(copies.way() == CopyWay::plain);
  copies.plain = 1'000;
  copies.past_cache = 150;
  copies.make(5'000);
  CHECK(copies.way() == CopyWay::past_cache);
}

TEST_CASE("it is the time for the same number of bytes that counts") {
  CopyChoice choice;
  for (int i = 0; i < 100; i++) {
    choice.note(CopyWay::plain, 64 * size, 64 * 200);
    choice.note(CopyWay::past_cache, size, 150);
  }
  CHECK(choice.next().way == CopyWay::plain);
}
