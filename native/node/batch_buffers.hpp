#pragma once

#include <node_api.h>

#include "node/event_batch.hpp"

namespace mqtt_native::node {

// Both return null in an environment that is ending, which creates no objects.

/** Makes the ArrayBuffer of a batch. It owns the memory of a large, well filled batch; others are copied. */
napi_value batch_buffer(napi_env env, EventBatch& batch);  // loop

/** Makes an array with an ArrayBuffer for each held memory; undefined if there is none. */
napi_value held_buffers(napi_env env, const EventBatch& batch);  // loop

}  // namespace mqtt_native::node
