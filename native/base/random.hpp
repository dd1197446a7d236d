#pragma once

#include <sys/random.h>

#include <cstdint>

#include "base/clock.hpp"

namespace mqtt_native::base {

/** Returns an unpredictable number, not for security: without getentropy(3) it is the clock's. */
inline uint64_t random_number() {  // any
  uint64_t number = 0;
  if (::getentropy(&number, sizeof number) != 0)
    number = static_cast<uint64_t>(Clock::now().time_since_epoch().count());
  return number;
}

}  // namespace mqtt_native::base
