#pragma once

#include "session/runtime.hpp"
#include "session/session.hpp"

namespace mqtt_native::node {

/** The runtime of the process. It is created at first use and never destroyed. */
session::Runtime& process_runtime();  // any

session::SessionServices process_services();  // any

}  // namespace mqtt_native::node
