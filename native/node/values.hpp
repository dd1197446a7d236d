#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "wire/packet.hpp"

namespace mqtt_native::node {

/** The bytes of a string (as UTF-8) or of a Uint8Array; of anything else none. */
wire::Bytes bytes_of(napi_env env, napi_value value);  // loop

std::string string_of(napi_env env, napi_value value);  // loop

std::vector<std::string> strings_of(const Napi::Value& array);  // loop

}  // namespace mqtt_native::node
