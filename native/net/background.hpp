#pragma once

#include <functional>

namespace mqtt_native::net {

/**
 * Runs `task` in a thread of its own that nobody waits for. False when the system has no thread to give; the
 * task has not run then, and will not.
 */
[[nodiscard]] bool run_in_background(std::function<void()> task);

}  // namespace mqtt_native::net
