#pragma once

#include <functional>
#include <memory>

#include "net/cancel.hpp"
#include "net/clock.hpp"
#include "net/dial_result.hpp"
#include "net/target.hpp"

namespace mqtt_native::net {

/** Opens a byte stream to the target, with all its layers, blocking at most until the deadline. */
DialResult dial(const Target& target, TimePoint deadline, const Cancel& cancel);

/**
 * Dials in a thread of its own and hands the result to `done` there, or at once on this thread when the
 * system has no thread to give. `done` is called in any case, exactly once.
 */
void dial_in_background(Target target, TimePoint deadline, std::shared_ptr<const Cancel> cancel,
                        const std::function<void(DialResult)>& done);

}  // namespace mqtt_native::net
