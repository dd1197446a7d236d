#pragma once

#include <memory>

#include "net/target.hpp"
#include "node/js_value.hpp"

namespace mqtt_native::node {

/**
 * Where a connect is to go, and on what road: its options as JavaScript gives them (`NativeRoad` in
 * lib/native/target.ts). TLS goes on in `context` when there is one, and leaves its own there when there is
 * none.
 */
net::Target parse_target(const JsValue& options,
                         std::shared_ptr<net::tls::Context>& context);  // loop

}  // namespace mqtt_native::node
