#include "net/websocket/upgrade.hpp"

namespace mqtt_native::net::websocket {

DialResult upgrade(std::unique_ptr<Stream> /*stream*/, const Upgrade& /*request*/,
                   const Patience& /*patience*/) {
  return Failure{"ENOSYS", "Not there yet"};
}

}  // namespace mqtt_native::net::websocket
