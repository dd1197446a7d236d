#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mqtt_native::net::websocket {

using MaskingKey = std::array<std::byte, 4>;

/**
 * Unpredictable masking keys (RFC 6455, section 10.3): no payload can be chosen so that a proxy mistakes it
 * for another protocol. The keys are fetched from the system in batches.
 */
class MaskingKeys {
 public:
  /** Returns nothing if the system has no random numbers; errno tells why. */
  std::optional<MaskingKey> next();

 private:
  std::array<MaskingKey, 64> keys_;
  size_t used_ = keys_.size();
};

/** The close codes that the client sends (RFC 6455, section 7.4.1). */
enum class CloseCode : uint16_t {
  normal = 1000,
  protocol_error = 1002,
  unsupported_data = 1003,
};

/** Whether a close frame may carry this code: it is neither reserved nor undefined. */
bool may_be_sent(uint16_t close_code);

/** Returns the registered name of a code in lower case; empty: not registered. */
std::string_view close_code_name(uint16_t close_code);

/** RFC 6455, section 5.2. */
enum class Opcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

constexpr bool is_control(Opcode opcode) {
  return (static_cast<uint8_t>(opcode) & 0x08) != 0;
}

inline constexpr size_t control_limit = 125;

/** The largest contents of a sent frame, which fills 64 KiB with its header. */
inline constexpr size_t contents_limit = 64 * 1024 - 8;

/** Appends the header of a single-frame message from a client, which is masked. */
void append_header(std::vector<std::byte>& frame, Opcode opcode, size_t contents_size, const MaskingKey& key);

void mask(std::span<std::byte> contents, const MaskingKey& key);

}  // namespace mqtt_native::net::websocket
