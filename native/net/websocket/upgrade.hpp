#pragma once

#include <memory>
#include <string>

#include "net/connect_deadline.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net::websocket {

/** A client's request for the WebSocket protocol (RFC 6455, section 4.1). */
struct Upgrade {
  std::string request;  // the whole HTTP request, with its empty line
  std::string accept;   // the Sec-WebSocket-Accept for its key
};

/** Sends the request and reads the response. The resulting stream is the contents of binary messages. */
DialResult upgrade(std::unique_ptr<Stream> stream, const Upgrade& request, const ConnectDeadline& deadline);

}  // namespace mqtt_native::net::websocket
