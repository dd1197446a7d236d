#pragma once

#include <napi.h>

namespace mqtt_native::node {

/** The numbers that this system's headers have for levels and options of sockets, by name. */
Napi::Object socket_constants(Napi::Env env);  // loop

}  // namespace mqtt_native::node
