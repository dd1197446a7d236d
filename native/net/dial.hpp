#pragma once

#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "net/cancellation_token.hpp"
#include "net/stream.hpp"
#include "net/target.hpp"

namespace mqtt_native::net {

/** Opens a byte stream to the target with all its layers. Blocks until the deadline at most. */
DialResult dial(const Target& target, base::TimePoint deadline, const CancellationToken& cancel);

/**
 * Dials in a detached thread and calls `done` there, exactly once. If no thread can be created, `done` is
 * called at once with the failure.
 */
void dial_in_background(Target target, base::TimePoint deadline,
                        std::shared_ptr<const CancellationToken> cancel,
                        const std::function<void(DialResult)>& done);

}  // namespace mqtt_native::net
