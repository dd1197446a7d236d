#pragma once

#include <node_api.h>

#include <functional>

namespace mqtt_native::node {

/**
 * Has the event loop call a function whenever a descriptor is readable, until the environment ends; that
 * alone does not keep it alive. Only where the loop is libuv's. False when it cannot.
 */
[[nodiscard]] bool poll_in_loop(napi_env env, int descriptor, std::function<void()> on_readable);  // loop

}  // namespace mqtt_native::node
