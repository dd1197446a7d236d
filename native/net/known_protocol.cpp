#include "net/known_protocol.hpp"

#include <algorithm>
#include <cstdint>

#include "base/sanitize.hpp"

namespace mqtt_native::net {

namespace {

constexpr std::string_view http = "HTTP/";
/** Fewer letters may belong to a binary protocol. */
constexpr size_t min_text = 4;

uint8_t byte_at(std::span<const std::byte> bytes, size_t index) {
  return index < bytes.size() ? std::to_integer<uint8_t>(bytes[index]) : 0;
}

std::string_view to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/**
 * Whether the bytes begin as a TLS record: type (change_cipher_spec to application_data) and major version.
 */
bool begins_as_tls(std::span<const std::byte> bytes) {
  return byte_at(bytes, 0) >= 0x14 && byte_at(bytes, 0) <= 0x17 && byte_at(bytes, 1) == 0x03;
}

/** Whether the bytes begin as CONNACK or DISCONNECT, with a length that text never begins with. */
bool begins_as_mqtt(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && (byte_at(bytes, 0) == 0x20 || byte_at(bytes, 0) == 0xE0) &&
         byte_at(bytes, 1) < ' ';
}

/** Whether the text received so far begins as HTTP. One letter is not enough. */
bool begins_as_http(std::string_view text) {
  return text.size() >= 2 && http.starts_with(text.substr(0, http.size()));
}

}  // namespace

std::string_view known_protocol(std::span<const std::byte> answer) {
  if (begins_as_tls(answer)) return "TLS";
  if (begins_as_mqtt(answer)) return "MQTT";
  return begins_as_http(to_text(answer)) ? "HTTP" : "";
}

std::optional<std::string> first_line(std::span<const std::byte> answer) {
  const auto is_printable = [](std::byte each) { return each >= std::byte{' '} && each < std::byte{0x7F}; };
  const auto end = std::find_if_not(answer.begin(), answer.end(), is_printable);
  const auto size = static_cast<size_t>(end - answer.begin());
  const bool is_whole = end == answer.end() || *end == std::byte{'\r'} || *end == std::byte{'\n'};
  if (size < min_text || !is_whole) return std::nullopt;
  return base::quoted(to_text(answer.first(size)));
}

}  // namespace mqtt_native::net
