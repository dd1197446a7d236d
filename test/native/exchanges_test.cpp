#include "wire/exchanges.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "bytes.hpp"

using mqtt_native::test::bytes;
using mqtt_native::wire::Bytes;
using mqtt_native::wire::Deviation;
using mqtt_native::wire::Exchanges;
using mqtt_native::wire::PacketType;
using Verdict = Exchanges::Verdict;

namespace {

uint16_t begin(Exchanges& exchanges, PacketType answer, uint32_t token) {
  const uint16_t identifier = exchanges.begin(answer, token);
  exchanges.on_sent(identifier);
  return identifier;
}

}  // namespace

TEST_CASE("an exchange ends once, with the answer that it waits for") {
  Exchanges exchanges(65'534);
  const uint16_t first = begin(exchanges, PacketType::puback, 10);
  const uint16_t second = begin(exchanges, PacketType::suback, 11);
  CHECK(first == 65'534);
  CHECK(second == 65'535);
  CHECK(exchanges.under_way() == 2);
  CHECK(exchanges.on_received(PacketType::suback, first, 0, {}).verdict == Verdict::wrong_type);
  const auto outcome = exchanges.on_received(PacketType::suback, second, 0, {});
  CHECK(outcome.settled->token == 11);
  CHECK(exchanges.on_received(PacketType::suback, second, 0, {}).verdict == Verdict::stray);
  CHECK(exchanges.on_received(PacketType::puback, first, 0, {}).settled->token == 10);
  CHECK(exchanges.under_way() == 0);
  CHECK(begin(exchanges, PacketType::puback, 12) == 1);
}

TEST_CASE("QoS 2 takes two answers, and the first one counts when it says more than success") {
  Exchanges exchanges;
  const uint16_t identifier = begin(exchanges, PacketType::pubrec, 1);
  const Bytes pubrec = bytes({0x50, 3, 0, 1, 0x10});
  CHECK_FALSE(exchanges.on_received(PacketType::pubrec, identifier, 0x10, pubrec).settled);
  CHECK(exchanges.on_received(PacketType::pubrec, identifier, 0, {}).verdict == Verdict::expected);
  const auto outcome = exchanges.on_received(PacketType::pubcomp, identifier, 0, {});
  CHECK(outcome.settled->token == 1);
  CHECK(outcome.answer == pubrec);
  const uint16_t refused = begin(exchanges, PacketType::pubrec, 2);
  CHECK(exchanges.on_received(PacketType::pubrec, refused, 0x87, {}).settled->token == 2);
}

TEST_CASE("a PUBACK in place of the PUBREC ends a publish of QoS 2, and is a fault") {
  Exchanges exchanges;
  for (const int code : {0, 0x10, 0x87}) {
    const uint16_t identifier = begin(exchanges, PacketType::pubrec, 1);
    const auto outcome =
        exchanges.on_received(PacketType::puback, identifier, static_cast<uint8_t>(code), {});
    CHECK(outcome.verdict == Verdict::expected);
    CHECK(outcome.settled->token == 1);
    CHECK(outcome.answer.empty());
    CHECK(outcome.deviation == Deviation::puback_for_qos2);
    CHECK(exchanges.under_way() == 0);
  }
  const uint16_t other = begin(exchanges, PacketType::puback, 2);
  CHECK_FALSE(exchanges.on_received(PacketType::puback, other, 0, {}).deviation);
}

TEST_CASE("a PUBACK after the PUBREC is no answer") {
  Exchanges exchanges;
  exchanges.keep_publishes(true);
  const uint16_t identifier = begin(exchanges, PacketType::pubrec, 1);
  exchanges.keep(identifier, bytes({0x34}));
  CHECK(exchanges.on_received(PacketType::pubrec, identifier, 0, {}).verdict == Verdict::expected);
  CHECK(exchanges.on_received(PacketType::puback, identifier, 0, {}).verdict == Verdict::wrong_type);
  exchanges.on_connection_end();
  CHECK(exchanges.next_repeat().front() == std::byte{0x62});
  CHECK(exchanges.on_received(PacketType::puback, identifier, 0, {}).verdict == Verdict::wrong_type);
  CHECK(exchanges.on_received(PacketType::pubcomp, identifier, 0, {}).verdict == Verdict::expected);
}

TEST_CASE("identifiers come around, and none is given out twice") {
  Exchanges exchanges;
  const uint16_t kept = begin(exchanges, PacketType::puback, 0);
  std::set<uint16_t> used{kept};
  for (uint32_t token = 1; token < 65'535; token++)
    CHECK(used.insert(begin(exchanges, PacketType::puback, token)).second);
  CHECK_FALSE(exchanges.has_place(100'000));
  CHECK(exchanges.begin(PacketType::puback, 0) == 0);
  exchanges.on_received(PacketType::puback, kept, 0, {});
  CHECK(exchanges.begin(PacketType::puback, 0) == kept);
}

TEST_CASE("publishes that are kept are repeated in order, everything else ends with the connection") {
  Exchanges exchanges(1);
  exchanges.keep_publishes(true);
  const uint16_t first = begin(exchanges, PacketType::puback, 1);
  exchanges.keep(first, bytes({0x32, 1}));
  begin(exchanges, PacketType::suback, 2);
  const uint16_t second = begin(exchanges, PacketType::pubrec, 3);
  exchanges.keep(second, bytes({0x34, 3}));
  exchanges.on_received(PacketType::pubrec, second, 0, {});
  exchanges.on_connection_end();
  CHECK(exchanges.repeats());
  CHECK(exchanges.under_way() == 0);
  CHECK(exchanges.on_received(PacketType::puback, first, 0, {}).verdict == Verdict::stray);
  CHECK(exchanges.next_repeat() == bytes({0x3A, 1}));
  CHECK(exchanges.next_repeat() == bytes({0x62, 2, 0, 3}));
  CHECK_FALSE(exchanges.repeats());
  CHECK(exchanges.next_repeat().empty());
  CHECK(exchanges.under_way() == 2);
  const auto outcome = exchanges.on_received(PacketType::puback, first, 0, {});
  CHECK(outcome.verdict == Verdict::expected);
  CHECK_FALSE(outcome.settled->token);  // it has been reported as lost
  exchanges.forget();
  CHECK(exchanges.under_way() == 0);
  CHECK(begin(exchanges, PacketType::puback, 4) == 4);
}

TEST_CASE("what is to be repeated needs no further identifier") {
  Exchanges exchanges;
  exchanges.keep_publishes(true);
  for (uint32_t token = 0; token < 65'535; token++)
    exchanges.keep(exchanges.begin(PacketType::puback, token), bytes({0x32}));
  exchanges.on_connection_end();
  CHECK_FALSE(exchanges.has_place(20));
  CHECK(exchanges.may_repeat(20));
  CHECK(exchanges.next_repeat() == bytes({0x3A}));
  CHECK_FALSE(exchanges.may_repeat(1));
}

TEST_CASE("identifiers before the first one that is kept are free at the end of a connection") {
  Exchanges exchanges(1);
  exchanges.keep_publishes(true);
  for (uint32_t token = 1; token < 65'535; token++) begin(exchanges, PacketType::suback, token);
  exchanges.keep(begin(exchanges, PacketType::puback, 0), bytes({0x32}));
  CHECK(exchanges.begin(PacketType::puback, 0) == 0);
  exchanges.on_connection_end();
  CHECK(exchanges.begin(PacketType::puback, 0) == 1);
}

TEST_CASE("a publish that is kept may be answered once it is") {
  Exchanges exchanges;
  exchanges.keep_publishes(true);
  const uint16_t kept = exchanges.begin(PacketType::pubrec, 1);
  CHECK(exchanges.on_received(PacketType::pubrec, kept, 0, {}).verdict == Verdict::stray);
  exchanges.keep(kept, bytes({0x34}));
  CHECK(exchanges.on_received(PacketType::pubrec, kept, 0, {}).verdict == Verdict::expected);
  const uint16_t other = exchanges.begin(PacketType::puback, 2, true);
  CHECK(exchanges.on_received(PacketType::puback, other, 0, {}).settled->token == 2);
}

TEST_CASE("publishes that are not kept are forgotten") {
  Exchanges exchanges(1);
  begin(exchanges, PacketType::puback, 1);
  exchanges.on_connection_end();
  CHECK_FALSE(exchanges.repeats());
  CHECK(begin(exchanges, PacketType::puback, 2) == 2);
}

TEST_CASE("identifiers begin anywhere") {
  std::set<uint16_t> firsts;
  for (int i = 0; i < 10; i++) firsts.insert(Exchanges().begin(PacketType::puback, 0));
  CHECK(firsts.size() > 1);
  CHECK_FALSE(firsts.contains(0));
}

TEST_CASE("identifiers go on when the session is forgotten, past all that were given out") {
  Exchanges exchanges(65'000);
  exchanges.keep_publishes(true);
  std::set<uint16_t> used;
  for (uint32_t session = 0; session < 100; session++) {
    for (uint32_t token = 0; token < 100; token++) {
      const uint16_t identifier = begin(exchanges, PacketType::pubrec, token);
      CHECK(used.insert(identifier).second);
      if (token % 2 == 0) exchanges.on_received(PacketType::pubrec, identifier, 0x80, {});
      if (token % 3 == 0) exchanges.keep(identifier, bytes({0x34}));
    }
    exchanges.on_connection_end();
    exchanges.forget();
    CHECK(exchanges.places() == 0);
  }
}

TEST_CASE("one exchange that is never answered costs one identifier") {
  for (const PacketType answer : {PacketType::puback, PacketType::pubrec, PacketType::suback}) {
    Exchanges exchanges;
    const uint16_t unanswered = begin(exchanges, answer, 0);
    for (uint32_t token = 1; token < 140'000; token++) {
      const uint16_t identifier = begin(exchanges, PacketType::puback, token);
      REQUIRE(identifier != 0);
      REQUIRE(identifier != unanswered);
      REQUIRE(exchanges.on_received(PacketType::puback, identifier, 0, {}).settled->token == token);
    }
    CHECK(exchanges.under_way() == 1);
    CHECK(exchanges.places() < 100);
    CHECK(exchanges.on_received(answer, unanswered, 0x80, {}).settled->token == 0);
    CHECK(exchanges.places() == 0);
  }
}

TEST_CASE("only 65,535 open exchanges block, wherever the free identifier lies") {
  Exchanges exchanges;
  std::vector<uint16_t> open;
  for (uint32_t token = 0; token < 65'535; token++)
    open.push_back(begin(exchanges, PacketType::puback, token));
  for (const size_t freed : {40'000U, 0U, 65'534U, 1U}) {
    CHECK_FALSE(exchanges.has_place(100'000));
    CHECK(exchanges.begin(PacketType::puback, 0) == 0);
    CHECK(exchanges.on_received(PacketType::puback, open[freed], 0, {}).settled);
    CHECK(exchanges.has_place(100'000));
    CHECK(begin(exchanges, PacketType::puback, 0) == open[freed]);
  }
}

TEST_CASE("exchanges that are never answered are repeated before later ones, in order") {
  Exchanges exchanges;
  exchanges.keep_publishes(true);
  std::vector<uint16_t> unanswered;
  for (uint32_t token = 0; token < 100'000; token++) {
    const uint16_t identifier = exchanges.begin(PacketType::puback, token);
    exchanges.keep(identifier, bytes({0x32, static_cast<int>(token / 1'000)}));
    if (token % 1'000 == 0)
      unanswered.push_back(identifier);
    else
      exchanges.on_received(PacketType::puback, identifier, 0, {});
  }
  CHECK(exchanges.places() < 3 * unanswered.size() + 100);
  for (int connections = 0; connections < 3; connections++) {
    exchanges.on_connection_end();
    for (int number = 0; number < 100; number++) CHECK(exchanges.next_repeat() == bytes({0x3A, number}));
    CHECK_FALSE(exchanges.repeats());
  }
  for (const uint16_t identifier : unanswered)
    CHECK(exchanges.on_received(PacketType::puback, identifier, 0, {}).settled);
  CHECK(exchanges.places() == 0);
}

namespace {

/** Does at random what a session does, and keeps a plain list of what must be open, from the oldest on. */
class RandomSession {
 public:
  explicit RandomSession(unsigned seed) : random_(seed) { exchanges_.keep_publishes(true); }

  void step() {
    const size_t dice = below(1'000);
    if (dice < 520)
      send();
    else if (dice < 998)
      answer(dice < 900 ? 0 : below(open_.size() + 1));
    else
      resume();
    CHECK(exchanges_.under_way() == open_.size());
    REQUIRE(exchanges_.places() <= 3 * open_.size() + 65);
  }

  void finish() {
    resume();
    while (!open_.empty()) answer(0);
    CHECK(exchanges_.places() == 0);
  }

 private:
  struct Open {
    uint16_t identifier;
    uint8_t number;
    bool released;
  };

  size_t below(size_t limit) { return random_() % limit; }

  void send() {
    const auto number = static_cast<uint8_t>(++sent_);
    const uint16_t identifier = exchanges_.begin(PacketType::pubrec, sent_);
    exchanges_.keep(identifier, bytes({0x34, number}));
    const bool is_free = std::none_of(open_.begin(), open_.end(),
                                      [&](const Open& open) { return open.identifier == identifier; });
    REQUIRE(identifier != 0);
    REQUIRE(is_free);
    open_.push_back({identifier, number, false});
  }

  void answer(size_t index) {
    if (index >= open_.size()) return;
    Open& open = open_[index];
    const PacketType type = open.released ? PacketType::pubcomp : PacketType::pubrec;
    REQUIRE(exchanges_.on_received(type, open.identifier, 0, {}).verdict == Verdict::expected);
    if (std::exchange(open.released, true)) open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
  }

  void resume() {
    exchanges_.on_connection_end();
    for (const Open& open : open_) {
      const Bytes pubrel = bytes({0x62, 2, open.identifier >> 8, open.identifier & 0xFF});
      REQUIRE(exchanges_.next_repeat() == (open.released ? pubrel : bytes({0x3C, open.number})));
    }
    REQUIRE_FALSE(exchanges_.repeats());
  }

  std::mt19937 random_;
  Exchanges exchanges_;
  std::vector<Open> open_;
  uint32_t sent_ = 0;
};

}  // namespace

TEST_CASE("in any order of answers identifiers are free, and repeats in the order of sending") {
  for (unsigned seed = 0; seed < 3; seed++) {
    CAPTURE(seed);
    RandomSession session(seed);
    for (int step = 0; step < 50'000; step++) session.step();
    session.finish();
  }
}
