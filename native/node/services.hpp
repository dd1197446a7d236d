#pragma once

#include "session/runtime.hpp"
#include "session/session.hpp"

namespace mqtt_native::node {

/** The one runtime of the process. It is made when it is first needed, and never destroyed. */
session::Runtime& process_runtime();  // any

/** The surroundings of each session of the process. */
session::SessionServices process_services();  // any

}  // namespace mqtt_native::node
