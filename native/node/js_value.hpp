#pragma once

#include <node_api.h>

#include <cstdint>
#include <string>
#include <vector>

#include "mqtt/packet.hpp"

namespace mqtt_native::node {

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

  [[nodiscard]] bool flag() const;          // loop
  [[nodiscard]] uint32_t number() const;    // loop
  [[nodiscard]] int32_t integer() const;    // loop
  [[nodiscard]] double real() const;        // loop
  [[nodiscard]] std::string text() const;   // loop
  [[nodiscard]] mqtt::Bytes bytes() const;  // loop; also of a string

  [[nodiscard]] bool is_string() const { return type() == napi_string; }  // loop
  [[nodiscard]] bool is_object() const { return type() == napi_object; }  // loop

 private:
  [[nodiscard]] napi_valuetype type() const;
  [[nodiscard]] JsValue found(napi_status status, napi_value value) const;

  napi_env env_;
  napi_value value_;
  bool* failed_;
};

}  // namespace mqtt_native::node
