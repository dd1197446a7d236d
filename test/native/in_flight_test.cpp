#include "paho/in_flight.hpp"

#include <doctest/doctest.h>

using mqtt_native::paho::InFlight;

TEST_CASE("a ticket is good for one settlement") {
  InFlight table;
  const uint32_t first = table.add({.token = 1, .acknowledged = true});
  const uint32_t second = table.add({.token = 2});
  CHECK(table.unacknowledged() == 1);
  CHECK(table.take(first)->token == 1);
  CHECK_FALSE(table.take(first));
  CHECK(table.unacknowledged() == 0);
  const uint32_t third = table.add({.token = 3});
  CHECK(third != first);
  CHECK_FALSE(table.take(first));
  CHECK(table.take(third)->token == 3);
  CHECK(table.take(second)->token == 2);
  CHECK_FALSE(table.take(0xFFFF'FFFF));
}

TEST_CASE("clearing voids every ticket") {
  InFlight table;
  const uint32_t ticket = table.add({.token = 1, .acknowledged = true});
  table.clear();
  CHECK(table.unacknowledged() == 0);
  CHECK_FALSE(table.take(ticket));
}
