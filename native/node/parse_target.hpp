#pragma once

#include <memory>

#include "net/dial.hpp"
#include "node/js_value.hpp"

namespace mqtt_native::node {

/**
 * Parses the target of a connect (`NativeTarget` in lib/native/target.ts). An existing TLS `context` is
 * reused; otherwise the new one is stored there.
 */
net::Target parse_target(const JsValue& options,
                         std::shared_ptr<net::tls::Context>& context);  // loop

}  // namespace mqtt_native::node
