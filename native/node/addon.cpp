#include <napi.h>

#include "net/tls/context.hpp"
#include "node/environment.hpp"
#include "node/services.hpp"
#include "node/session_object.hpp"
#include "node/socket_constants.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

/**
 * setDefaultCertificates(pem): sets the CA certificates for TLS without any of its own; the first call of a
 * process counts
 */
Napi::Value set_default_certificates(const Napi::CallbackInfo& info) {
  net::tls::set_default_certificates(to_string(info.Env(), info[0]));
  return info.Env().Undefined();
}

/** socketConstants() → numbers by name */
Napi::Value get_socket_constants(const Napi::CallbackInfo& info) {
  return socket_constants(info.Env());
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
  exports.Set("socketConstants", Napi::Function::New<get_socket_constants>(env, "socketConstants"));
  exports.Set("liveObjectCounts", Napi::Function::New<live_object_counts>(env, "liveObjectCounts"));
  exports.Set("Environment", Environment::define(env));
  exports.Set("Session", SessionObject::define(env));
  return exports;
}

}  // namespace mqtt_native::node

using mqtt_native::node::initialize;
NODE_API_MODULE(mqtt_native, initialize)
