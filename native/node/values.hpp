#pragma once

#include <napi.h>

#include <array>
#include <string>
#include <string_view>

#include "mqtt/packet.hpp"

namespace mqtt_native::node {

/**
 * The bytes of an argument during a call: a string as UTF-8, or a Uint8Array in place. Any other value has
 * none.
 */
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

/** Returns the strings of an array as MQTT strings (MQTT 5, section 1.5.4). Each must fit. */
std::string to_mqtt_strings(const Napi::Value& array);  // loop

}  // namespace mqtt_native::node
