#pragma once

#include <functional>

#include "base/failure.hpp"

namespace mqtt_native::base {

/**
 * Runs `task` in a detached thread. Returns false if the system cannot create a thread; then the task never
 * runs.
 */
[[nodiscard]] bool run_in_background(std::function<void()> task);

/** The failure to report when `run_in_background` returns false. */
Failure no_thread();

}  // namespace mqtt_native::base
