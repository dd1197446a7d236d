#include "mqtt/inflight_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "bytes.hpp"

using mqtt_native::mqtt::Bytes;
using mqtt_native::mqtt::Deviation;
using mqtt_native::mqtt::InflightTable;
using mqtt_native::mqtt::PacketType;
using mqtt_native::test::bytes;
using Verdict = InflightTable::Verdict;

namespace {

uint16_t begin(InflightTable& inflight, PacketType answer, uint32_t token) {
  const uint16_t identifier = inflight.allocate(answer, token);
  inflight.on_sent(identifier);
  return identifier;
}

/** The next packet to send again; empty: there is none. */
Bytes next_resend(InflightTable& inflight) {
  const auto resend = inflight.next_resend();
  return resend ? resend->packet : Bytes{};
}

}  // namespace

TEST_CASE("an entry completes once, with the awaited answer") {
  InflightTable inflight(65'534);
  const uint16_t first = begin(inflight, PacketType::puback, 10);
  const uint16_t second = begin(inflight, PacketType::suback, 11);
  CHECK(first == 65'534);
  CHECK(second == 65'535);
  CHECK(inflight.in_flight() == 2);
  CHECK(inflight.on_received(PacketType::suback, first, 0, {}).verdict == Verdict::wrong_type);
  const auto outcome = inflight.on_received(PacketType::suback, second, 0, {});
  CHECK(outcome.completed->token == 11);
  CHECK(inflight.on_received(PacketType::suback, second, 0, {}).verdict == Verdict::unknown_id);
  CHECK(inflight.on_received(PacketType::puback, first, 0, {}).completed->token == 10);
  CHECK(inflight.in_flight() == 0);
  CHECK(begin(inflight, PacketType::puback, 12) == 1);
}

TEST_CASE("QoS 2 takes two answers, and the first one is reported if it has a reason") {
  InflightTable inflight;
  const uint16_t identifier = begin(inflight, PacketType::pubrec, 1);
  const Bytes pubrec = bytes({0x50, 3, 0, 1, 0x10});
  CHECK_FALSE(inflight.on_received(PacketType::pubrec, identifier, 0x10, pubrec).completed);
  CHECK(inflight.on_received(PacketType::pubrec, identifier, 0, {}).verdict == Verdict::expected);
  const auto outcome = inflight.on_received(PacketType::pubcomp, identifier, 0, {});
  CHECK(outcome.completed->token == 1);
  CHECK(outcome.answer == pubrec);
  const uint16_t refused = begin(inflight, PacketType::pubrec, 2);
  CHECK(inflight.on_received(PacketType::pubrec, refused, 0x87, {}).completed->token == 2);
}

TEST_CASE("a PUBACK in place of the PUBREC completes a publish of QoS 2, as a deviation") {
  InflightTable inflight;
  for (const int code : {0, 0x10, 0x87}) {
    const uint16_t identifier = begin(inflight, PacketType::pubrec, 1);
    const auto outcome = inflight.on_received(PacketType::puback, identifier, static_cast<uint8_t>(code), {});
    CHECK(outcome.verdict == Verdict::expected);
    CHECK(outcome.completed->token == 1);
    CHECK(outcome.answer.empty());
    CHECK(outcome.deviation == Deviation::puback_for_qos2);
    CHECK(inflight.in_flight() == 0);
  }
  const uint16_t other = begin(inflight, PacketType::puback, 2);
  CHECK_FALSE(inflight.on_received(PacketType::puback, other, 0, {}).deviation);
}

TEST_CASE("a PUBACK after the PUBREC is no answer") {
  InflightTable inflight;
  inflight.keep(InflightTable::Keeps::publishes);
  const uint16_t identifier = begin(inflight, PacketType::pubrec, 1);
  inflight.store_packet(identifier, bytes({0x34}));
  CHECK(inflight.on_received(PacketType::pubrec, identifier, 0, {}).verdict == Verdict::expected);
  CHECK(inflight.on_received(PacketType::puback, identifier, 0, {}).verdict == Verdict::wrong_type);
  inflight.on_connection_end();
  CHECK(next_resend(inflight).front() == std::byte{0x62});
  CHECK(inflight.on_received(PacketType::puback, identifier, 0, {}).verdict == Verdict::wrong_type);
  CHECK(inflight.on_received(PacketType::pubcomp, identifier, 0, {}).verdict == Verdict::expected);
}

TEST_CASE("identifiers wrap around, and none is allocated twice") {
  InflightTable inflight;
  const uint16_t kept = begin(inflight, PacketType::puback, 0);
  std::set<uint16_t> used{kept};
  for (uint32_t token = 1; token < 65'535; token++)
    CHECK(used.insert(begin(inflight, PacketType::puback, token)).second);
  CHECK_FALSE(inflight.window_open(100'000));
  CHECK(inflight.allocate(PacketType::puback, 0) == 0);
  inflight.on_received(PacketType::puback, kept, 0, {});
  CHECK(inflight.allocate(PacketType::puback, 0) == kept);
}

TEST_CASE("stored publishes are resent in order, and all other entries end with the connection") {
  InflightTable inflight(1);
  inflight.keep(InflightTable::Keeps::publishes);
  const uint16_t first = begin(inflight, PacketType::puback, 1);
  inflight.store_packet(first, bytes({0x32, 1}));
  begin(inflight, PacketType::suback, 2);
  const uint16_t second = begin(inflight, PacketType::pubrec, 3);
  inflight.store_packet(second, bytes({0x34, 3}));
  inflight.on_received(PacketType::pubrec, second, 0, {});
  inflight.on_connection_end();
  CHECK(inflight.has_resends());
  CHECK(inflight.in_flight() == 0);
  CHECK(inflight.on_received(PacketType::puback, first, 0, {}).verdict == Verdict::unknown_id);
  CHECK(next_resend(inflight) == bytes({0x3A, 1}));
  CHECK(next_resend(inflight) == bytes({0x62, 2, 0, 3}));
  CHECK_FALSE(inflight.has_resends());
  CHECK(next_resend(inflight).empty());
  CHECK(inflight.in_flight() == 2);
  const auto outcome = inflight.on_received(PacketType::puback, first, 0, {});
  CHECK(outcome.verdict == Verdict::expected);
  CHECK_FALSE(outcome.completed->token);  // the operation has been reported as lost
  inflight.forget();
  CHECK(inflight.in_flight() == 0);
  CHECK(begin(inflight, PacketType::puback, 4) == 4);
}

TEST_CASE("resending needs no further identifier") {
  InflightTable inflight;
  inflight.keep(InflightTable::Keeps::publishes);
  for (uint32_t token = 0; token < 65'535; token++)
    inflight.store_packet(inflight.allocate(PacketType::puback, token), bytes({0x32}));
  inflight.on_connection_end();
  CHECK_FALSE(inflight.window_open(20));
  CHECK(inflight.may_resend(20));
  CHECK(next_resend(inflight) == bytes({0x3A}));
  CHECK_FALSE(inflight.may_resend(1));
}

TEST_CASE("identifiers before the first stored one are free at the end of a connection") {
  InflightTable inflight(1);
  inflight.keep(InflightTable::Keeps::publishes);
  for (uint32_t token = 1; token < 65'535; token++) begin(inflight, PacketType::suback, token);
  inflight.store_packet(begin(inflight, PacketType::puback, 0), bytes({0x32}));
  CHECK(inflight.allocate(PacketType::puback, 0) == 0);
  inflight.on_connection_end();
  CHECK(inflight.allocate(PacketType::puback, 0) == 1);
}

TEST_CASE("a publish may be answered once it is stored") {
  InflightTable inflight;
  inflight.keep(InflightTable::Keeps::publishes);
  const uint16_t kept = inflight.allocate(PacketType::pubrec, 1);
  CHECK(inflight.on_received(PacketType::pubrec, kept, 0, {}).verdict == Verdict::unknown_id);
  inflight.store_packet(kept, bytes({0x34}));
  CHECK(inflight.on_received(PacketType::pubrec, kept, 0, {}).verdict == Verdict::expected);
  const uint16_t other = inflight.allocate(PacketType::puback, 2, true);
  CHECK(inflight.on_received(PacketType::puback, other, 0, {}).completed->token == 2);
}

TEST_CASE("publishes that are not stored are dropped") {
  InflightTable inflight(1);
  begin(inflight, PacketType::puback, 1);
  inflight.on_connection_end();
  CHECK_FALSE(inflight.has_resends());
  CHECK(begin(inflight, PacketType::puback, 2) == 2);
}

TEST_CASE("the first identifier is random") {
  std::set<uint16_t> firsts;
  for (int i = 0; i < 10; i++) firsts.insert(InflightTable().allocate(PacketType::puback, 0));
  CHECK(firsts.size() > 1);
  CHECK_FALSE(firsts.contains(0));
}

TEST_CASE("identifiers continue when the session is dropped, past all that were allocated") {
  InflightTable inflight(65'000);
  inflight.keep(InflightTable::Keeps::publishes);
  std::set<uint16_t> used;
  for (uint32_t session = 0; session < 100; session++) {
    for (uint32_t token = 0; token < 100; token++) {
      const uint16_t identifier = begin(inflight, PacketType::pubrec, token);
      CHECK(used.insert(identifier).second);
      if (token % 2 == 0) inflight.on_received(PacketType::pubrec, identifier, 0x80, {});
      if (token % 3 == 0) inflight.store_packet(identifier, bytes({0x34}));
    }
    inflight.on_connection_end();
    inflight.forget();
    CHECK(inflight.entry_count() == 0);
  }
}

TEST_CASE("an entry that is never answered costs one identifier") {
  for (const PacketType answer : {PacketType::puback, PacketType::pubrec, PacketType::suback}) {
    InflightTable inflight;
    const uint16_t unanswered = begin(inflight, answer, 0);
    for (uint32_t token = 1; token < 140'000; token++) {
      const uint16_t identifier = begin(inflight, PacketType::puback, token);
      REQUIRE(identifier != 0);
      REQUIRE(identifier != unanswered);
      REQUIRE(inflight.on_received(PacketType::puback, identifier, 0, {}).completed->token == token);
    }
    CHECK(inflight.in_flight() == 1);
    CHECK(inflight.entry_count() < 100);
    CHECK(inflight.on_received(answer, unanswered, 0x80, {}).completed->token == 0);
    CHECK(inflight.entry_count() == 0);
  }
}

TEST_CASE("only 65,535 open entries block, wherever the free identifier lies") {
  InflightTable inflight;
  std::vector<uint16_t> open;
  for (uint32_t token = 0; token < 65'535; token++)
    open.push_back(begin(inflight, PacketType::puback, token));
  for (const size_t freed : {40'000U, 0U, 65'534U, 1U}) {
    CHECK_FALSE(inflight.window_open(100'000));
    CHECK(inflight.allocate(PacketType::puback, 0) == 0);
    CHECK(inflight.on_received(PacketType::puback, open[freed], 0, {}).completed);
    CHECK(inflight.window_open(100'000));
    CHECK(begin(inflight, PacketType::puback, 0) == open[freed]);
  }
}

TEST_CASE("entries that are never answered are resent before later ones, in order") {
  InflightTable inflight;
  inflight.keep(InflightTable::Keeps::publishes);
  std::vector<uint16_t> unanswered;
  for (uint32_t token = 0; token < 100'000; token++) {
    const uint16_t identifier = inflight.allocate(PacketType::puback, token);
    inflight.store_packet(identifier, bytes({0x32, static_cast<int>(token / 1'000)}));
    if (token % 1'000 == 0)
      unanswered.push_back(identifier);
    else
      inflight.on_received(PacketType::puback, identifier, 0, {});
  }
  CHECK(inflight.entry_count() < 3 * unanswered.size() + 100);
  for (int connections = 0; connections < 3; connections++) {
    inflight.on_connection_end();
    for (int number = 0; number < 100; number++) CHECK(next_resend(inflight) == bytes({0x3A, number}));
    CHECK_FALSE(inflight.has_resends());
  }
  for (const uint16_t identifier : unanswered)
    CHECK(inflight.on_received(PacketType::puback, identifier, 0, {}).completed);
  CHECK(inflight.entry_count() == 0);
}

namespace {

/** Runs random operations of a session, with a plain list of the expected open entries, oldest first. */
class RandomSession {
 public:
  explicit RandomSession(unsigned seed) : random_(seed) { inflight_.keep(InflightTable::Keeps::publishes); }

  void step() {
    const size_t dice = below(1'000);
    if (dice < 520)
      send();
    else if (dice < 998)
      answer(dice < 900 ? 0 : below(open_.size() + 1));
    else
      resume();
    CHECK(inflight_.in_flight() == open_.size());
    REQUIRE(inflight_.entry_count() <= 3 * open_.size() + 65);
  }

  void finish() {
    resume();
    while (!open_.empty()) answer(0);
    CHECK(inflight_.entry_count() == 0);
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
    const uint16_t identifier = inflight_.allocate(PacketType::pubrec, sent_);
    inflight_.store_packet(identifier, bytes({0x34, number}));
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
    REQUIRE(inflight_.on_received(type, open.identifier, 0, {}).verdict == Verdict::expected);
    if (std::exchange(open.released, true)) open_.erase(open_.begin() + static_cast<ptrdiff_t>(index));
  }

  void resume() {
    inflight_.on_connection_end();
    for (const Open& open : open_) {
      const Bytes pubrel = bytes({0x62, 2, open.identifier >> 8, open.identifier & 0xFF});
      REQUIRE(next_resend(inflight_) == (open.released ? pubrel : bytes({0x3C, open.number})));
    }
    REQUIRE_FALSE(inflight_.has_resends());
  }

  std::mt19937 random_;
  InflightTable inflight_;
  std::vector<Open> open_;
  uint32_t sent_ = 0;
};

}  // namespace

TEST_CASE("with answers in any order identifiers become free, and packets are resent in order") {
  for (unsigned seed = 0; seed < 3; seed++) {
    CAPTURE(seed);
    RandomSession session(seed);
    for (int step = 0; step < 50'000; step++) session.step();
    session.finish();
  }
}
