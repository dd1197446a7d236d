#pragma once

#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "node/environment.hpp"

namespace mqtt_native::node {

/** The native half of a client, held by JavaScript. JavaScript has validated all arguments. */
class SessionObject : public Napi::ObjectWrap<SessionObject> {
 public:
  static Napi::Function define(Napi::Env env);

  /** `new Session(environment, client)`; `client`: its number in the environment's events. */
  explicit SessionObject(const Napi::CallbackInfo& info);
  /** Ends the session. An open connection then ends as if the process had died. */
  ~SessionObject() override;

 private:
  void connect(const Napi::CallbackInfo& info);                 // loop
  Napi::Value publish_now(const Napi::CallbackInfo& info);      // loop
  Napi::Value publish(const Napi::CallbackInfo& info);          // loop
  void subscribe(const Napi::CallbackInfo& info);               // loop
  void unsubscribe(const Napi::CallbackInfo& info);             // loop
  void flush(const Napi::CallbackInfo& info);                   // loop
  Napi::Value cancel(const Napi::CallbackInfo& info);           // loop
  Napi::Value expire(const Napi::CallbackInfo& info);           // loop
  void refuse(const Napi::CallbackInfo& info);                  // loop
  void renew(const Napi::CallbackInfo& info);                   // loop
  void proceed(const Napi::CallbackInfo& info);                 // loop
  void drop(const Napi::CallbackInfo& info);                    // loop
  void authenticate(const Napi::CallbackInfo& info);            // loop
  void defer_acknowledgements(const Napi::CallbackInfo& info);  // loop
  void acknowledge(const Napi::CallbackInfo& info);             // loop
  void disconnect(const Napi::CallbackInfo& info);              // loop
  void abort(const Napi::CallbackInfo& info);                   // loop
  Napi::Value queued(const Napi::CallbackInfo& info);           // loop
  Napi::Value queued_bytes(const Napi::CallbackInfo& info);     // loop
  Napi::Value in_flight(const Napi::CallbackInfo& info);        // loop
  Napi::Value traffic(const Napi::CallbackInfo& info);          // loop
  Napi::Value last_written(const Napi::CallbackInfo& info);     // loop

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
  std::vector<std::string>
      topics_;  // of outgoing messages; lib/outgoing/outgoing-topics.ts assigns the numbers
};

}  // namespace mqtt_native::node
