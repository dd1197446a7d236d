#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/websocket/close_code.hpp"
#include "net/websocket/frame.hpp"

namespace mqtt_native::net::websocket {

/** Why no more frames are read: the server has closed, or what it sent was none. */
struct End {
  bool is_error;
  std::optional<uint16_t> code;  // that the server gave; of a violation, the one that it is to be given
  std::string text;  // the server's reason; of a violation, what it did: “sent a masked frame”
};

/**
 * Takes apart the frames that a server sends (RFC 6455, section 5), of which the contents of binary messages
 * are a stream of bytes. It keeps no more of them than a header and the contents of one control frame.
 */
class FrameParser {
 public:
  /**
   * Takes the next bytes as they come, cut anywhere, and leaves at their front what they have of the
   * stream: so many bytes. What comes after an end is not looked at.
   */
  size_t unframe(std::span<std::byte> bytes);

  /** The contents of the latest ping, to be answered; asks once. Good until more is unframed. */
  std::optional<std::span<const std::byte>> take_ping();

  [[nodiscard]] const std::optional<End>& end() const { return end_; }

 private:
  size_t take_header(std::span<const std::byte> bytes);
  [[nodiscard]] size_t header_size() const;
  void check_header();
  void begin_frame();
  size_t take_control(std::span<const std::byte> bytes);
  void finish_frame();
  void close();
  void fail(std::string did, CloseCode code = CloseCode::protocol_error);

  std::array<std::byte, 10> header_{};
  size_t header_taken_ = 0;
  bool in_frame_ = false;  // its header is complete, `left_` of its contents are to come
  Opcode opcode_{};
  uint64_t left_ = 0;
  bool in_message_ = false;  // of which more fragments are to come
  std::vector<std::byte> control_;
  std::vector<std::byte> ping_;
  bool ping_waits_ = false;
  std::optional<End> end_;
};

}  // namespace mqtt_native::net::websocket
