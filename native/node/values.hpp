#pragma once

#include <napi.h>
#include <node_api.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/packet.hpp"

namespace mqtt_native::node {

/** The bytes of an argument during a call: a string as UTF-8, a Uint8Array in place, or else none. */
class BytesArgument {
 public:
  BytesArgument(napi_env env, napi_value value);  // loop
  BytesArgument(const BytesArgument&) = delete;
  BytesArgument& operator=(const BytesArgument&) = delete;

  [[nodiscard]] mqtt::BytesView view() const { return view_; }
  [[nodiscard]] std::string_view text() const {
    return {reinterpret_cast<const char*>(view_.data()), view_.size()};
  }
  [[nodiscard]] mqtt::Bytes copy() const { return {view_.begin(), view_.end()}; }

 private:
  void read_string(napi_env env, napi_value value);

  std::array<char, 512> short_;
  std::string long_;
  mqtt::BytesView view_;
};

uint32_t to_uint32(const Napi::Value& value);  // loop

std::string to_string(napi_env env, napi_value value);  // loop

/**
 * Makes an object hold a value in a hidden property. Does nothing in an environment that is ending, where
 * Napi::Object would end the process.
 */
void hold_in(const Napi::Value& object, const char* name, napi_value value);  // loop

/**
 * Deletes an object when its environment ends. A worker that is being terminated cannot wrap an object, so
 * nothing else would delete it.
 */
template <class Object>
void delete_at_end(napi_env env, Napi::ObjectWrap<Object>* unwrapped) {  // loop
  const auto remove = [](void* object) { delete static_cast<Napi::ObjectWrap<Object>*>(object); };
  napi_add_env_cleanup_hook(env, remove, unwrapped);
}

/** Returns the strings of an array as MQTT strings (MQTT 5, section 1.5.4). Each must fit. */
std::string to_mqtt_strings(const Napi::Value& array);  // loop

/**
 * A JavaScript value that is read member by member. A worker may be terminated at any moment. From then on
 * its objects have no values, and `failed` is set. Napi::Object would end the process. A missing value, or
 * one of another type, reads as empty.
 */
class JsValue {
 public:
  JsValue(napi_env env, napi_value value, bool& failed) : env_(env), value_(value), failed_(&failed) {}

  [[nodiscard]] JsValue operator[](const char* name) const;  // loop
  [[nodiscard]] std::vector<JsValue> elements() const;       // loop; of an array

  [[nodiscard]] bool flag() const { return get(napi_get_value_bool); }          // loop
  [[nodiscard]] uint32_t number() const { return get(napi_get_value_uint32); }  // loop
  [[nodiscard]] int32_t integer() const { return get(napi_get_value_int32); }   // loop
  [[nodiscard]] double real() const { return get(napi_get_value_double); }      // loop
  [[nodiscard]] std::string text() const;                                       // loop
  [[nodiscard]] mqtt::Bytes bytes() const;                                      // loop; also of a string

  [[nodiscard]] bool is_string() const { return get(napi_typeof) == napi_string; }  // loop
  [[nodiscard]] bool is_object() const { return get(napi_typeof) == napi_object; }  // loop

 private:
  /** Returns the value that this function of Node-API reads; zero if it reads none. */
  template <typename T>
  [[nodiscard]] T get(napi_status (*read)(napi_env, napi_value, T*)) const {
    T result{};
    if (value_ != nullptr) read(env_, value_, &result);
    return result;
  }
  [[nodiscard]] JsValue found(napi_status status, napi_value value) const;

  napi_env env_;
  napi_value value_;
  bool* failed_;
};

}  // namespace mqtt_native::node
