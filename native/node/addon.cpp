#include <napi.h>

#include "net/tls/context.hpp"
#include "node/environment.hpp"
#include "node/services.hpp"
#include "node/session_object.hpp"
#include "node/socket_constants.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

/** setDefaultCertificates(pem): what TLS without authorities of its own trusts; in a process the first call
 * counts */
Napi::Value set_default_authorities(const Napi::CallbackInfo& info) {
  net::tls::set_default_authorities(string_of(info.Env(), info[0]));
  return info.Env().Undefined();
}

/** socketConstants() → numbers by name */
Napi::Value socket_constants_of(const Napi::CallbackInfo& info) {
  return socket_constants(info.Env());
}

/** census(): [sessions, connections] that the engine keeps, of all threads of the process */
Napi::Value census(const Napi::CallbackInfo& info) {
  session::Runtime& runtime = process_runtime();
  const Napi::Array counts = Napi::Array::New(info.Env(), 2);
  counts.Set(0U, static_cast<double>(runtime.sessions()));
  counts.Set(1U, static_cast<double>(runtime.loop().size()));
  return counts;
}

}  // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("setDefaultCertificates",
              Napi::Function::New<set_default_authorities>(env, "setDefaultCertificates"));
  exports.Set("socketConstants", Napi::Function::New<socket_constants_of>(env, "socketConstants"));
  exports.Set("census", Napi::Function::New<census>(env, "census"));
  exports.Set("Environment", Environment::define(env));
  exports.Set("Session", SessionObject::define(env));
  return exports;
}

}  // namespace mqtt_native::node

using mqtt_native::node::initialize;
NODE_API_MODULE(mqtt_native, initialize)
