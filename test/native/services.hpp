#pragma once

#include "paho/control_planes.hpp"
#include "session/session.hpp"

namespace mqtt_native::test {

/** The runtime of all tests. */
inline session::Runtime& runtime() {
  // never deleted, because its threads do not end
  static session::Runtime* const runtime = new session::Runtime;
  return *runtime;
}

inline session::SessionServices services() {
  static session::ControlPlaneFactory& control_planes = paho::make_control_planes(runtime());
  return {runtime(), control_planes};
}

}  // namespace mqtt_native::test
