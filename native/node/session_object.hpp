#pragma once

#include <napi.h>

#include <memory>

#include "node/environment.hpp"
#include "node/outgoing_topics.hpp"

namespace mqtt_native::node {

/** The native half of a client, held by JavaScript. JavaScript has validated all arguments. */
class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  static Napi::Function define(Napi::Env env);

  /** `new Session(environment, client)`; `client`: its number in the environment's events. */
  explicit SessionObject(const Napi::CallbackInfo& info);
  /**
   * Ends the session, also during the end of the environment. An open connection then ends as if the process
   * had died.
   */
  ~SessionObject() override;

 private:
  Napi::Value connect(const Napi::CallbackInfo& info);                 // loop
  Napi::Value publish_now(const Napi::CallbackInfo& info);             // loop
  Napi::Value publish(const Napi::CallbackInfo& info);                 // loop
  Napi::Value subscribe(const Napi::CallbackInfo& info);               // loop
  Napi::Value unsubscribe(const Napi::CallbackInfo& info);             // loop
  Napi::Value flush(const Napi::CallbackInfo& info);                   // loop
  Napi::Value cancel(const Napi::CallbackInfo& info);                  // loop
  Napi::Value expire(const Napi::CallbackInfo& info);                  // loop
  Napi::Value refuse(const Napi::CallbackInfo& info);                  // loop
  Napi::Value renew(const Napi::CallbackInfo& info);                   // loop
  Napi::Value proceed(const Napi::CallbackInfo& info);                 // loop
  Napi::Value drop(const Napi::CallbackInfo& info);                    // loop
  Napi::Value authenticate(const Napi::CallbackInfo& info);            // loop
  Napi::Value defer_acknowledgements(const Napi::CallbackInfo& info);  // loop
  Napi::Value acknowledge(const Napi::CallbackInfo& info);             // loop
  Napi::Value disconnect(const Napi::CallbackInfo& info);              // loop
  Napi::Value abort(const Napi::CallbackInfo& info);                   // loop
  Napi::Value queued(const Napi::CallbackInfo& info);                  // loop
  Napi::Value queued_bytes(const Napi::CallbackInfo& info);            // loop
  Napi::Value in_flight(const Napi::CallbackInfo& info);               // loop
  Napi::Value traffic(const Napi::CallbackInfo& info);                 // loop
  Napi::Value last_written(const Napi::CallbackInfo& info);            // loop

  static Napi::ClassPropertyDescriptor<SessionObject> own_function(const char* name);
  Napi::Value make_functions(const Napi::CallbackInfo& info);  // loop
  template <auto method>
  void make_function(Napi::Object object, const char* name);
  template <auto method>
  static Napi::Value call(const Napi::CallbackInfo& info);
  void keep_topic(uint32_t number, const Napi::Value& topic);

  Environment* const environment_;  // held by the object; null when Node's environment is ending
  const uint32_t client_;
  const std::shared_ptr<LoopReader> reader_;
  std::shared_ptr<session::Session> session_;
  std::shared_ptr<net::tls::Context> tls_;  // for all connections, once made
  OutgoingTopics topics_;
};

}  // namespace mqtt_native::node
