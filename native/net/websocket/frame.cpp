#include "net/websocket/frame.hpp"

#include <sys/random.h>

#include <cstring>
#include <utility>

namespace mqtt_native::net::websocket {

namespace {

constexpr auto names = std::to_array<std::pair<uint16_t, std::string_view>>({
    {1000, "normal closure"},
    {1001, "going away"},
    {1002, "protocol error"},
    {1003, "unsupported data"},
    {1007, "invalid frame payload data"},
    {1008, "policy violation"},
    {1009, "message too big"},
    {1010, "mandatory extension"},
    {1011, "internal error"},
    {1012, "service restart"},
    {1013, "try again later"},
    {1014, "bad gateway"},
    {3000, "unauthorized"},
    {3003, "forbidden"},
    {3008, "timeout"},
});

constexpr auto final_fragment = std::byte{0x80};
constexpr auto masked = std::byte{0x80};
constexpr auto size_in_two_bytes = std::byte{126};

}  // namespace

std::optional<MaskingKey> MaskingKeys::next() {
  if (used_ == keys_.size()) {
    if (::getentropy(keys_.data(), sizeof keys_) != 0) return std::nullopt;
    used_ = 0;
  }
  return keys_[used_++];
}

bool may_be_sent(uint16_t close_code) {
  if (close_code >= 3000) return close_code < 5000;  // registered or private
  return close_code >= 1000 && !close_code_name(close_code).empty();
}

std::string_view close_code_name(uint16_t close_code) {
  for (const auto& [code, name] : names)
    if (code == close_code) return name;
  return {};
}

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
