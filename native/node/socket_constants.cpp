#include "node/socket_constants.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace mqtt_native::node {

namespace {

constexpr auto constants = std::to_array<std::pair<const char*, int>>({
    {"SOL_SOCKET", SOL_SOCKET},
    {"IPPROTO_IP", IPPROTO_IP},
    {"IPPROTO_IPV6", IPPROTO_IPV6},
    {"IPPROTO_TCP", IPPROTO_TCP},
    {"SO_BINDTODEVICE", SO_BINDTODEVICE},
    {"SO_BUSY_POLL", SO_BUSY_POLL},
    {"SO_DONTROUTE", SO_DONTROUTE},
    {"SO_KEEPALIVE", SO_KEEPALIVE},
    {"SO_LINGER", SO_LINGER},
    {"SO_MARK", SO_MARK},
    {"SO_PRIORITY", SO_PRIORITY},
    {"SO_RCVBUF", SO_RCVBUF},
    {"SO_RCVBUFFORCE", SO_RCVBUFFORCE},
    {"SO_REUSEADDR", SO_REUSEADDR},
    {"SO_REUSEPORT", SO_REUSEPORT},
    {"SO_SNDBUF", SO_SNDBUF},
    {"SO_SNDBUFFORCE", SO_SNDBUFFORCE},
    {"TCP_CONGESTION", TCP_CONGESTION},
    {"TCP_KEEPCNT", TCP_KEEPCNT},
    {"TCP_KEEPIDLE", TCP_KEEPIDLE},
    {"TCP_KEEPINTVL", TCP_KEEPINTVL},
    {"TCP_LINGER2", TCP_LINGER2},
    {"TCP_MAXSEG", TCP_MAXSEG},
    {"TCP_NODELAY", TCP_NODELAY},
    {"TCP_NOTSENT_LOWAT", TCP_NOTSENT_LOWAT},
    {"TCP_QUICKACK", TCP_QUICKACK},
    {"TCP_SYNCNT", TCP_SYNCNT},
    {"TCP_USER_TIMEOUT", TCP_USER_TIMEOUT},
    {"TCP_WINDOW_CLAMP", TCP_WINDOW_CLAMP},
    {"IP_BIND_ADDRESS_NO_PORT", IP_BIND_ADDRESS_NO_PORT},
    {"IP_FREEBIND", IP_FREEBIND},
    {"IP_MTU_DISCOVER", IP_MTU_DISCOVER},
    {"IP_TOS", IP_TOS},
    {"IP_TRANSPARENT", IP_TRANSPARENT},
    {"IP_TTL", IP_TTL},
    {"IPV6_FREEBIND", IPV6_FREEBIND},
    {"IPV6_MTU_DISCOVER", IPV6_MTU_DISCOVER},
    {"IPV6_TCLASS", IPV6_TCLASS},
    {"IPV6_UNICAST_HOPS", IPV6_UNICAST_HOPS},
    {"IPV6_V6ONLY", IPV6_V6ONLY},
});

}  // namespace

Napi::Object socket_constants(Napi::Env env) {
  const Napi::Object object = Napi::Object::New(env);
  for (const auto& [name, number] : constants) object.Set(name, number);
  return object;
}

}  // namespace mqtt_native::node
