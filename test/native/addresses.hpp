#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <variant>

#include "net/resolve.hpp"

namespace mqtt_native::test {

/** Resolves a numeric host. */
inline net::Address address_of(const std::string& host, uint16_t port = 0) {
  const net::CancellationToken cancel;
  const net::ConnectDeadline deadline(base::Clock::now() + std::chrono::seconds(20), cancel);
  const auto resolved = net::resolve(host, port, deadline);
  REQUIRE(std::holds_alternative<std::vector<net::Address>>(resolved));
  return std::get<std::vector<net::Address>>(resolved).front();
}

}  // namespace mqtt_native::test
