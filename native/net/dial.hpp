#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "net/connect_deadline.hpp"
#include "net/local_endpoint.hpp"
#include "net/proxy/proxy.hpp"
#include "net/stream.hpp"
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

/** Opens a byte stream to the target with all its layers. Blocks until the deadline at most. */
DialResult dial(const Target& target, base::TimePoint deadline, const CancellationToken& cancel);

/** Dials in a detached thread and calls `done` once, at once if there is no thread to be had. */
void dial_in_background(Target target, base::TimePoint deadline,
                        std::shared_ptr<const CancellationToken> cancel,
                        const std::function<void(DialResult)>& done);

}  // namespace mqtt_native::net
