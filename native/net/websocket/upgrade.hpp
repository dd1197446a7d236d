#pragma once

#include <memory>
#include <string>

#include "net/connect_deadline.hpp"
#include "net/dial_result.hpp"

namespace mqtt_native::net::websocket {

/** How a client asks a web server to speak WebSocket (RFC 6455, section 4.1). */
struct Upgrade {
  std::string request;  // the whole HTTP request, with its empty line
  std::string accept;   // the Sec-WebSocket-Accept that answers its key
};

/** Asks for the upgrade and reads the answer; then the stream's bytes are the contents of binary messages. */
DialResult upgrade(std::unique_ptr<Stream> stream, const Upgrade& request, const ConnectDeadline& deadline);

}  // namespace mqtt_native::net::websocket
