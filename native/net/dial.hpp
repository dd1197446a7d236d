#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "net/cancel.hpp"
#include "net/clock.hpp"
#include "net/failure.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net {

/** How to reach a broker. */
struct Target {
  std::string host;
  uint16_t port = 1883;
};

using DialResult = std::variant<std::unique_ptr<Stream>, Failure>;

/**
 * Opens a byte stream to the target, blocking at most until the deadline. All addresses of the host are
 * tried: a further one as soon as an earlier one failed or has kept us waiting for 250 ms (RFC 8305, section
 * 5).
 */
DialResult dial(const Target& target, TimePoint deadline, const Cancel& cancel);

/**
 * Dials in a thread of its own and hands the result to `done` there, or at once on this thread when the
 * system has no thread to give. `done` is called in any case, exactly once.
 */
void dial_in_background(Target target, TimePoint deadline, std::shared_ptr<const Cancel> cancel,
                        const std::function<void(DialResult)>& done);

}  // namespace mqtt_native::net
