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

/** The largest contents of a control frame. */
inline constexpr size_t control_limit = 125;

/** The largest contents of a sent frame, which fills 64 KiB with its header. */
inline constexpr size_t contents_limit = 64 * 1024 - 8;

/** Appends the header of a single-frame message from a client, which is masked. */
void append_header(std::vector<std::byte>& frame, Opcode opcode, size_t contents_size, const MaskingKey& key);

/** Masks or unmasks the contents of a frame (section 5.3). */
void mask(std::span<std::byte> contents, const MaskingKey& key);

}  // namespace mqtt_native::net::websocket
