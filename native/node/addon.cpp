#include <napi.h>

#include "net/tls/context.hpp"
#include "node/environment.hpp"
#include "node/session_object.hpp"
#include "node/socket_constants.hpp"
#include "node/values.hpp"
#include "paho/engine.hpp"

namespace mqtt_native::node {

namespace {

/** start(deliver, yield, hasLibuv, processors): once for each JavaScript thread, before anything else */
Napi::Value start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (Environment::of(env) == nullptr)
    env.SetInstanceData(new Environment(env, info[0].As<Napi::Function>(), info[1].As<Napi::Function>(),
                                        info[2].ToBoolean(), uint32_of(info[3])));
  return env.Undefined();
}

/** drain(): delivers the next portion of events */
Napi::Value drain(const Napi::CallbackInfo& info) {
  Environment::of(info.Env())->deliver();
  return info.Env().Undefined();
}

/** flushReplies(): what the brokers are to have for what this thread has read is sent */
Napi::Value flush_replies(const Napi::CallbackInfo& info) {
  Environment::of(info.Env())->flush_replies();
  return info.Env().Undefined();
}

/** keepAlive(alive): whether the event loop must stay alive for events to come */
Napi::Value keep_alive(const Napi::CallbackInfo& info) {
  Environment::of(info.Env())->keep_alive(info[0].ToBoolean());
  return info.Env().Undefined();
}

/** trace(wanted): whether lines of Paho's trace are among the events */
Napi::Value trace(const Napi::CallbackInfo& info) {
  Environment::of(info.Env())->trace(info[0].ToBoolean());
  return info.Env().Undefined();
}

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
  paho::Engine& engine = paho::Engine::instance();
  const Napi::Array counts = Napi::Array::New(info.Env(), 2);
  counts.Set(0U, static_cast<double>(engine.sessions()));
  counts.Set(1U, static_cast<double>(engine.sockets().count()));
  return counts;
}

}  // namespace

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  exports.Set("start", Napi::Function::New<start>(env, "start"));
  exports.Set("drain", Napi::Function::New<drain>(env, "drain"));
  exports.Set("flushReplies", Napi::Function::New<flush_replies>(env, "flushReplies"));
  exports.Set("keepAlive", Napi::Function::New<keep_alive>(env, "keepAlive"));
  exports.Set("trace", Napi::Function::New<trace>(env, "trace"));
  exports.Set("setDefaultCertificates",
              Napi::Function::New<set_default_authorities>(env, "setDefaultCertificates"));
  exports.Set("socketConstants", Napi::Function::New<socket_constants_of>(env, "socketConstants"));
  exports.Set("census", Napi::Function::New<census>(env, "census"));
  exports.Set("Session", SessionObject::define(env));
  return exports;
}

}  // namespace mqtt_native::node

using mqtt_native::node::initialize;
NODE_API_MODULE(mqtt_native, initialize)
