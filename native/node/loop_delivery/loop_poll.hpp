#pragma once

#include <node_api.h>

#include <functional>

#include "node/loop_handle.hpp"

namespace mqtt_native::node {

/**
 * Has the event loop call a function whenever a descriptor is readable, until the handle is closed. It does
 * not keep the loop alive. Returns false if it cannot: the loop must be libuv's.
 */
[[nodiscard]] bool poll_in_loop(napi_env env, LoopHandles& handles, int descriptor,
                                std::function<void()> on_readable);  // loop

}  // namespace mqtt_native::node
