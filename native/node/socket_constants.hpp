#pragma once

#include <napi.h>

namespace mqtt_native::node {

/** Makes an object with the values of socket levels and options in this system's headers. */
Napi::Object socket_constants(Napi::Env env);  // loop

}  // namespace mqtt_native::node
