// The entry point for libFuzzer. FUZZ_TARGET is one of the functions in targets.hpp.

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mqtt_native::fuzz::FUZZ_TARGET({data, size});
  return 0;
}
