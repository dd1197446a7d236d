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

/** The address of a broker and the layers of the stream to it. Each optional part adds a layer. */
struct Target {
  std::string host;
  uint16_t port = 1883;
  std::string path{};  // of a Unix socket, instead of host and port; first byte NUL: abstract
  LocalEndpoint local{};
  std::optional<proxy::Proxy> proxy{};
  std::shared_ptr<tls::Context> tls{};
  std::optional<websocket::Upgrade> websocket{};
};

}  // namespace mqtt_native::net
