#pragma once

#include "session/runtime.hpp"

namespace mqtt_native::paho {

/** Makes the process's control planes: Paho's clients, whose threads run the runtime. Called once. */
session::ControlPlaneFactory& make_control_planes(session::Runtime& runtime);  // any

}  // namespace mqtt_native::paho
