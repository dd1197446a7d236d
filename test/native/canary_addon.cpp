// An addon with the defect that CANARY names, which runs when it is loaded; see canary.hpp.

#include <node_api.h>

#include <cstdlib>

#include "canary.hpp"

NAPI_MODULE_INIT() {
  const char* defect = std::getenv("CANARY");
  const bool known = defect != nullptr && mqtt_native::test::commit_defect(defect);
  if (!known) napi_throw_error(env, nullptr, "CANARY names no defect");
  return exports;
}
