#include "websocket_frames.hpp"

#include <doctest/doctest.h>

namespace mqtt_native::test {

namespace {

void append_big_endian(mqtt::Bytes& bytes, uint64_t value, int size) {
  for (int shift = (size - 1) * 8; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::byte>(value >> shift & 0xFF));
}

}  // namespace

mqtt::Bytes server_frame(int first_byte, const mqtt::Bytes& contents) {
  mqtt::Bytes frame{static_cast<std::byte>(first_byte)};
  if (contents.size() < 126) {
    append_big_endian(frame, contents.size(), 1);
  } else if (contents.size() <= UINT16_MAX) {
    frame.push_back(std::byte{126});
    append_big_endian(frame, contents.size(), 2);
  } else {
    frame.push_back(std::byte{127});
    append_big_endian(frame, contents.size(), 8);
  }
  frame.insert(frame.end(), contents.begin(), contents.end());
  return frame;
}

std::vector<ClientFrame> take_client_frames(mqtt::Bytes& bytes) {
  std::vector<ClientFrame> frames;
  size_t at = 0;
  for (;;) {
    if (bytes.size() - at < 2) break;
    const uint8_t second = mqtt::byte_at(bytes, at + 1);
    CHECK((second & 0x80) != 0);
    size_t size = second & 0x7F;
    CHECK(size != 127);  // no frame of the client is so long
    const size_t key_at = at + (size == 126 ? 4 : 2);
    if (bytes.size() < key_at + 4) break;
    if (size == 126) size = mqtt::uint16_at(bytes, at + 2);
    CHECK(size >= (key_at == at + 4 ? 126 : 0));
    if (bytes.size() < key_at + 4 + size) break;
    ClientFrame frame{mqtt::byte_at(bytes, at), {}, {}};
    for (size_t i = 0; i < 4; i++) frame.key.push_back(bytes[key_at + i]);
    for (size_t i = 0; i < size; i++) frame.contents.push_back(bytes[key_at + 4 + i] ^ frame.key[i % 4]);
    frames.push_back(std::move(frame));
    at = key_at + 4 + size;
  }
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(at));
  return frames;
}

mqtt::Bytes binary_contents(const std::vector<ClientFrame>& frames) {
  mqtt::Bytes contents;
  for (const ClientFrame& frame : frames)
    if (frame.first_byte == 0x82)
      contents.insert(contents.end(), frame.contents.begin(), frame.contents.end());
  return contents;
}

}  // namespace mqtt_native::test
