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
  static Process* const process = new Process;  // never deleted: its threads run until the process is gone
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
