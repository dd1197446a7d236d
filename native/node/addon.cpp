#include <napi.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "net/tls/context.hpp"
#include "node/environment.hpp"
#include "node/services.hpp"
#include "node/session_object.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

#define NAMED(name) std::pair(#name, name)
constexpr auto constants = std::to_array<std::pair<const char*, int>>(
    {NAMED(SOL_SOCKET),        NAMED(IPPROTO_IP),       NAMED(IPPROTO_IPV6),
     NAMED(IPPROTO_TCP),       NAMED(SO_BINDTODEVICE),  NAMED(SO_BUSY_POLL),
     NAMED(SO_DONTROUTE),      NAMED(SO_KEEPALIVE),     NAMED(SO_LINGER),
     NAMED(SO_MARK),           NAMED(SO_PRIORITY),      NAMED(SO_RCVBUF),
     NAMED(SO_RCVBUFFORCE),    NAMED(SO_REUSEADDR),     NAMED(SO_REUSEPORT),
     NAMED(SO_SNDBUF),         NAMED(SO_SNDBUFFORCE),   NAMED(TCP_CONGESTION),
     NAMED(TCP_KEEPCNT),       NAMED(TCP_KEEPIDLE),     NAMED(TCP_KEEPINTVL),
     NAMED(TCP_LINGER2),       NAMED(TCP_MAXSEG),       NAMED(TCP_NODELAY),
     NAMED(TCP_NOTSENT_LOWAT), NAMED(TCP_QUICKACK),     NAMED(TCP_SYNCNT),
     NAMED(TCP_USER_TIMEOUT),  NAMED(TCP_WINDOW_CLAMP), NAMED(IP_BIND_ADDRESS_NO_PORT),
     NAMED(IP_FREEBIND),       NAMED(IP_MTU_DISCOVER),  NAMED(IP_TOS),
     NAMED(IP_TRANSPARENT),    NAMED(IP_TTL),           NAMED(IPV6_FREEBIND),
     NAMED(IPV6_MTU_DISCOVER), NAMED(IPV6_TCLASS),      NAMED(IPV6_UNICAST_HOPS),
     NAMED(IPV6_V6ONLY)});
#undef NAMED

/** setDefaultCertificates(pem): sets the CA certificates for TLS without its own; the first call counts */
void set_default_certificates(const Napi::CallbackInfo& info) {
  net::tls::set_default_certificates(to_string(info.Env(), info[0]));
}

/** socketConstants() → the values of socket levels and options in this system's headers, by name */
Napi::Value socket_constants(const Napi::CallbackInfo& info) {
  const Napi::Object object = Napi::Object::New(info.Env());
  for (const auto& [name, number] : constants) object.Set(name, number);
  return object;
}

/** liveObjectCounts() → [sessions, connections] of all threads of the process */
Napi::Value live_object_counts(const Napi::CallbackInfo& info) {
  session::Runtime& runtime = process_runtime();
  const Napi::Array counts = Napi::Array::New(info.Env(), 2);
  counts.Set(0U, static_cast<double>(runtime.sessions()));
  counts.Set(1U, static_cast<double>(runtime.loop().size()));
  return counts;
}

}  // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("setDefaultCertificates",
              Napi::Function::New<set_default_certificates>(env, "setDefaultCertificates"));
  exports.Set("socketConstants", Napi::Function::New<socket_constants>(env, "socketConstants"));
  exports.Set("liveObjectCounts", Napi::Function::New<live_object_counts>(env, "liveObjectCounts"));
  exports.Set("Environment", Environment::define(env));
  exports.Set("Session", SessionObject::define(env));
  return exports;
}

}  // namespace mqtt_native::node

using mqtt_native::node::initialize;
NODE_API_MODULE(mqtt_native, initialize)
