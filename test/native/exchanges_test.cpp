#include "wire/exchanges.hpp"

#include <doctest/doctest.h>

#include <set>

#include "bytes.hpp"

using mqtt_native::test::bytes;
using mqtt_native::wire::Bytes;
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
  Exchanges exchanges;
  const uint16_t first = begin(exchanges, PacketType::puback, 10);
  const uint16_t second = begin(exchanges, PacketType::suback, 11);
  CHECK(first == 1);
  CHECK(second == 2);
  CHECK(exchanges.under_way() == 2);
  CHECK(exchanges.on_received(PacketType::suback, first, 0, {}).verdict == Verdict::wrong_type);
  const auto outcome = exchanges.on_received(PacketType::suback, second, 0, {});
  CHECK(outcome.settled->token == 11);
  CHECK(exchanges.on_received(PacketType::suback, second, 0, {}).verdict == Verdict::stray);
  CHECK(exchanges.on_received(PacketType::puback, first, 0, {}).settled->token == 10);
  CHECK(exchanges.under_way() == 0);
  CHECK(begin(exchanges, PacketType::puback, 12) == 3);
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
  Exchanges exchanges;
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
  CHECK(begin(exchanges, PacketType::puback, 4) == 1);
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
  Exchanges exchanges;
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
  Exchanges exchanges;
  begin(exchanges, PacketType::puback, 1);
  exchanges.on_connection_end();
  CHECK_FALSE(exchanges.repeats());
  CHECK(begin(exchanges, PacketType::puback, 2) == 2);
}
