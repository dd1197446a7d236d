#pragma once

#include <cstdint>

namespace mqtt_native::base {

/**
 * Returns a number that nobody can predict. A system without random numbers (getentropy(3) fails) yields the
 * clock's nanoseconds instead: so only what is harmless when it is guessed may rely on this.
 */
uint64_t random_number();  // any

}  // namespace mqtt_native::base
