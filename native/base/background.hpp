#pragma once

#include <functional>
#include <optional>

#include "base/failure.hpp"

namespace mqtt_native::base {

/** Runs `task` in a detached thread. Returns a failure if there is none to be had; then it never runs. */
[[nodiscard]] std::optional<Failure> run_in_background(std::function<void()> task);

}  // namespace mqtt_native::base
