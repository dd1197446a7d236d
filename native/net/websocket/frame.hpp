#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/websocket/masking_keys.hpp"

namespace mqtt_native::net::websocket {

/** RFC 6455, section 5.2. */
enum class Opcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(Opcode opcode) {
  return (static_cast<uint8_t>(opcode) & 0x08) != 0;
}

/** What a control frame may carry at most. */
inline constexpr size_t control_limit = 125;

/** What one of our frames carries at most: with its header it fills 64 KiB. */
inline constexpr size_t contents_limit = 64 * 1024 - 8;

/** Appends the header of a whole message of one frame, as a client sends it: masked. */
void append_header(std::vector<std::byte>& frame, Opcode opcode, size_t contents_size, const MaskingKey& key);

/** Masks the contents of a frame, or unmasks them (section 5.3). */
void mask(std::span<std::byte> contents, const MaskingKey& key);

}  // namespace mqtt_native::net::websocket
