#pragma once

#include <memory>

#include "net/dial.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

/** Parses a `NativeTarget` (lib/native/target.ts). Reuses the TLS `context`, or stores a new one there. */
net::Target parse_target(const JsValue& options,
                         std::shared_ptr<net::tls::Context>& context);  // loop

}  // namespace mqtt_native::node
