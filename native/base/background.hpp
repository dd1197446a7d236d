#pragma once

#include <functional>

#include "base/failure.hpp"

namespace mqtt_native::base {

/**
 * Runs `task` in a thread of its own that nobody waits for. False when the system has no thread to give; the
 * task has not run then, and will not.
 */
[[nodiscard]] bool run_in_background(std::function<void()> task);

/** What is reported when it could not. */
Failure no_thread();

}  // namespace mqtt_native::base
