#pragma once

#include <cstddef>
#include <span>

namespace mqtt_native::net {

/** Copies what another thread is going to read next, the way that is quickest at the time. */
void copy_for_another_thread(std::byte* to, std::span<const std::byte> from);

/** Copies to memory without having it in this core's cache before or after, where the processor can do so. */
void copy_past_cache(std::byte* to, std::span<const std::byte> from);

}  // namespace mqtt_native::net
