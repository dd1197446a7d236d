#pragma once

#include <cstdint>

namespace mqtt_native::base {

/**
 * Returns an unpredictable number. If getentropy(3) fails it returns the clock's nanoseconds instead, so
 * callers must not rely on it for security.
 */
uint64_t random_number();  // any

}  // namespace mqtt_native::base
