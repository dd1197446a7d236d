#pragma once

#include "session/runtime.hpp"

namespace mqtt_native::paho {

/**
 * Makes the control planes of the process, which are clients of Paho C. Paho's two threads run the runtime
 * from the first `start` on. Called once; neither is ever destroyed.
 */
session::ControlPlaneFactory& make_control_planes(session::Runtime& runtime);  // any

}  // namespace mqtt_native::paho
