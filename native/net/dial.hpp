#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "net/cancellation_token.hpp"
#include "net/dial_result.hpp"
#include "net/target.hpp"

namespace mqtt_native::net {

/** Opens a byte stream to the target, with all its layers, blocking at most until the deadline. */
DialResult dial(const Target& target, base::TimePoint deadline, const CancellationToken& cancel);

/**
 * Dials in a thread of its own and hands the result to `done` there, or at once on this thread when the
 * system has no thread to give. `done` is called in any case, exactly once.
 */
void dial_in_background(Target target, base::TimePoint deadline,
                        std::shared_ptr<const CancellationToken> cancel,
                        const std::function<void(DialResult)>& done);

}  // namespace mqtt_native::net
