#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/local_endpoint.hpp"
#include "net/proxy/proxy.hpp"
#include "net/tls/context.hpp"
#include "net/websocket/upgrade.hpp"

namespace mqtt_native::net {

/** Where a broker is, and the road to it: each part that is there is a further layer of it. */
struct Target {
  std::string host;
  uint16_t port = 1883;
  std::string
      path{};  // of a Unix socket, which then takes the place of host and port; first byte NUL: abstract
  LocalEndpoint local{};
  std::optional<proxy::Proxy> proxy{};
  std::shared_ptr<tls::Context> tls{};
  std::optional<websocket::Upgrade> websocket{};
};

}  // namespace mqtt_native::net
