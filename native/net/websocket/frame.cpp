#include "net/websocket/frame.hpp"

#include <cstring>

namespace mqtt_native::net::websocket {

namespace {

constexpr auto final_fragment = std::byte{0x80};
constexpr auto masked = std::byte{0x80};
constexpr auto size_in_two_bytes = std::byte{126};

}  // namespace

void append_header(std::vector<std::byte>& frame, Opcode opcode, size_t contents_size,
                   const MaskingKey& key) {
  frame.push_back(final_fragment | static_cast<std::byte>(opcode));
  if (contents_size < 126) {
    frame.push_back(masked | static_cast<std::byte>(contents_size));
  } else {
    frame.push_back(masked | size_in_two_bytes);
    frame.push_back(static_cast<std::byte>(contents_size >> 8));
    frame.push_back(static_cast<std::byte>(contents_size & 0xFF));
  }
  frame.insert(frame.end(), key.begin(), key.end());
}

void mask(std::span<std::byte> contents, const MaskingKey& key) {
  uint64_t wide_key = 0;
  std::memcpy(&wide_key, key.data(), key.size());
  std::memcpy(reinterpret_cast<std::byte*>(&wide_key) + key.size(), key.data(), key.size());
  size_t at = 0;
  for (; at + sizeof wide_key <= contents.size(); at += sizeof wide_key) {
    uint64_t word = 0;
    std::memcpy(&word, contents.data() + at, sizeof word);
    word ^= wide_key;
    std::memcpy(contents.data() + at, &word, sizeof word);
  }
  for (; at < contents.size(); at++) contents[at] ^= key[at % key.size()];
}

}  // namespace mqtt_native::net::websocket
