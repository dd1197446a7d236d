#include "net/proxy/proxy.hpp"

namespace mqtt_native::net::proxy {

std::optional<Failure> connect_through(Stream& /*stream*/, const Proxy& /*proxy*/,
                                       const Destination& /*destination*/, const Patience& /*patience*/) {
  return Failure{"ENOSYS", "Not there yet"};
}

}  // namespace mqtt_native::net::proxy
