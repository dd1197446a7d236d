#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/failure.hpp"

namespace mqtt_native::net {

/** As for setsockopt(2). */
struct SocketOption {
  int level;
  int name;
  std::vector<std::byte> value;
};

/** What our end of a socket is to be. */
struct LocalEndpoint {
  std::string address{};  // a numeric one, to come from; empty: any
  uint16_t port = 0;      // to come from; 0: any
  std::vector<SocketOption> options{};

  /** Of `address`, which is not empty. */
  [[nodiscard]] int family() const { return address.find(':') == std::string::npos ? AF_INET : AF_INET6; }
  /** Whether the user chooses this option. */
  [[nodiscard]] bool sets(int level, int name) const;
  [[nodiscard]] bool is_bound() const { return !address.empty() || port != 0; }

  /**
   * Prepares a new socket: binds it, and sets options, those of the user after our own. Why it cannot.
   */
  [[nodiscard]] std::optional<base::Failure> prepare(int socket, int family) const;
};

}  // namespace mqtt_native::net
