#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mqtt_native::net {

/** Names the protocol of an answer by its first bytes: TLS, HTTP or MQTT. Empty for any other. */
[[nodiscard]] std::string_view known_protocol(std::span<const std::byte> answer);

/** Returns the first line of an answer, sanitized; nothing if it does not begin as text. */
[[nodiscard]] std::optional<std::string> first_line(std::span<const std::byte> answer);

}  // namespace mqtt_native::net
