#include "node/services.hpp"

#include "paho/control_planes.hpp"

namespace mqtt_native::node {

namespace {

/** The runtime, and the control planes whose threads run it. */
struct Process {
  session::Runtime runtime;
  session::ControlPlaneFactory& control_planes = paho::make_control_planes(runtime);
};

Process& process() {
  // never deleted, because its threads run until the process ends
  static Process* const process = new Process;
  return *process;
}

}  // namespace

session::Runtime& process_runtime() {
  return process().runtime;
}

session::SessionServices process_services() {
  return {process().runtime, process().control_planes};
}

}  // namespace mqtt_native::node
