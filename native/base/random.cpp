#include "base/random.hpp"

#include <sys/random.h>

#include "base/clock.hpp"

namespace mqtt_native::base {

uint64_t random_number() {
  uint64_t number = 0;
  if (::getentropy(&number, sizeof number) != 0)
    number = static_cast<uint64_t>(Clock::now().time_since_epoch().count());
  return number;
}

}  // namespace mqtt_native::base
