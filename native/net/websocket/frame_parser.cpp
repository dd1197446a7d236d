#include "net/websocket/frame_parser.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mqtt_native::net::websocket {

namespace {

constexpr uint8_t final_fragment = 0x80;
constexpr uint8_t reserved_bits = 0x70;
constexpr uint8_t opcode_bits = 0x0F;
constexpr uint8_t masked = 0x80;
constexpr uint8_t size_bits = 0x7F;
constexpr uint8_t size_in_two_bytes = 126;
constexpr uint8_t size_in_eight_bytes = 127;
constexpr uint64_t largest_size = INT64_MAX;

bool is_known(Opcode opcode) {
  return opcode <= Opcode::binary || (opcode >= Opcode::close && opcode <= Opcode::pong);
}

uint64_t big_endian(std::span<const std::byte> bytes) {
  uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | std::to_integer<uint64_t>(byte);
  return value;
}

}  // namespace

size_t FrameParser::unframe(std::span<std::byte> bytes) {
  size_t contents = 0;
  for (size_t at = 0; at < bytes.size() && !end_;) {
    const auto rest = bytes.subspan(at);
    if (!in_frame_) {
      at += take_header(rest);
    } else if (is_control(opcode_)) {
      at += take_control(rest);
    } else {
      const auto portion = static_cast<size_t>(std::min<uint64_t>(left_, rest.size()));
      if (contents != at) std::memmove(bytes.data() + contents, rest.data(), portion);
      contents += portion;
      at += portion;
      left_ -= portion;
    }
    if (in_frame_ && left_ == 0) finish_frame();
  }
  return contents;
}

std::optional<std::span<const std::byte>> FrameParser::take_ping() {
  if (!std::exchange(ping_waits_, false)) return std::nullopt;
  return ping_;
}

size_t FrameParser::take_header(std::span<const std::byte> bytes) {
  const size_t portion = std::min(header_size() - header_taken_, bytes.size());
  std::copy_n(bytes.begin(), portion, header_.begin() + static_cast<ptrdiff_t>(header_taken_));
  header_taken_ += portion;
  if (header_taken_ == 2) check_header();
  if (!end_ && header_taken_ == header_size()) begin_frame();
  return portion;
}

size_t FrameParser::header_size() const {
  if (header_taken_ < 2) return 2;
  switch (std::to_integer<uint8_t>(header_[1]) & size_bits) {
    case size_in_two_bytes:
      return 4;
    case size_in_eight_bytes:
      return 10;
    default:
      return 2;
  }
}

/** Checks the first two bytes, which are final except for the size. */
void FrameParser::check_header() {
  const auto first = std::to_integer<uint8_t>(header_[0]);
  const auto second = std::to_integer<uint8_t>(header_[1]);
  const bool is_final = (first & final_fragment) != 0;
  opcode_ = static_cast<Opcode>(first & opcode_bits);
  if ((first & reserved_bits) != 0) return fail("sent a WebSocket frame with reserved bits");
  if (!is_known(opcode_)) return fail("sent a WebSocket frame with a reserved opcode");
  if ((second & masked) != 0) return fail("sent a masked WebSocket frame");
  if (is_control(opcode_)) {
    if (!is_final) fail("sent a fragment of a WebSocket control frame");
    if ((second & size_bits) > control_limit) fail("sent a WebSocket control frame that is too long");
    return;
  }
  if (opcode_ == Opcode::text)
    return fail("sent a WebSocket message of text; MQTT is binary", CloseCode::unsupported_data);
  if ((opcode_ == Opcode::continuation) != in_message_)
    return fail(in_message_ ? "began a WebSocket message inside another"
                            : "continued a WebSocket message that had not begun");
  in_message_ = !is_final;
}

void FrameParser::begin_frame() {
  const bool is_short = header_taken_ == 2;
  const auto size_field = std::span(header_).first(header_taken_).subspan(is_short ? 1 : 2);
  left_ = big_endian(size_field);  // the masking bit, in front of a short size, is not set
  const uint64_t smallest = is_short                 ? 0
                            : size_field.size() == 2 ? size_in_two_bytes
                                                     : uint64_t{UINT16_MAX} + 1;
  if (left_ < smallest || left_ > largest_size) return fail("sent a WebSocket frame with a malformed size");
  in_frame_ = true;
}

size_t FrameParser::take_control(std::span<const std::byte> bytes) {
  const auto portion = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
  control_.insert(control_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(portion));
  left_ -= portion;
  return portion;
}

void FrameParser::finish_frame() {
  in_frame_ = false;
  header_taken_ = 0;
  if (opcode_ == Opcode::close) close();
  if (opcode_ == Opcode::ping) {
    ping_.swap(control_);
    ping_waits_ = true;
  }
  control_.clear();
}

void FrameParser::close() {
  if (control_.empty()) {
    end_ = {.is_error = false, .code = std::nullopt, .text = {}};
    return;
  }
  if (control_.size() == 1) return fail("sent a WebSocket close frame with half a code");
  const std::span<const std::byte> contents = control_;
  const auto code = static_cast<uint16_t>(big_endian(contents.first(2)));
  if (!may_be_sent(code)) return fail("closed the WebSocket with the code " + std::to_string(code));
  const auto reason = contents.subspan(2);
  end_ = {
      .is_error = false, .code = code, .text = {reinterpret_cast<const char*>(reason.data()), reason.size()}};
}

void FrameParser::fail(std::string did, CloseCode code) {
  end_ = {.is_error = true, .code = static_cast<uint16_t>(code), .text = std::move(did)};
}

}  // namespace mqtt_native::net::websocket
