#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"

namespace mqtt_native::net {

struct SocketOption {
  int level;
  int name;
  std::vector<std::byte> value;
};

struct LocalEndpoint {
  std::string address{};  // numeric; empty: any
  uint16_t port = 0;      // 0: any
  std::vector<SocketOption> options{};

  /** Returns the family of `address`, which must not be empty. */
  [[nodiscard]] int family() const { return address.find(':') == std::string::npos ? AF_INET : AF_INET6; }
  [[nodiscard]] bool sets(int level, int name) const;
  [[nodiscard]] bool is_bound() const { return !address.empty() || port != 0; }

  /** Binds a new socket and sets its options, those of the program last. Returns a failure if it cannot. */
  [[nodiscard]] std::optional<base::Failure> prepare(int socket, int family) const;
};

}  // namespace mqtt_native::net
