#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/websocket/frame.hpp"

namespace mqtt_native::net::websocket {

/** The reason why no more frames are read: the server has closed, or it has broken the protocol. */
struct End {
  bool is_error;
  std::optional<uint16_t> code;  // the server's code; of an error, the code to answer with
  std::string text;  // the server's reason; of an error, its description: “sent a masked frame”
};

/**
 * Parses the frames of a server (RFC 6455, section 5). The contents of binary messages form a stream of
 * bytes. The parser keeps no more than a header and the contents of one control frame.
 */
class FrameParser {
 public:
  /** Moves the contents of binary messages to the front of the next bytes. Returns their size. */
  size_t unframe(std::span<std::byte> bytes);

  /** Returns the contents of the latest unanswered ping, once. Valid until the next call of `unframe`. */
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
  bool in_frame_ = false;  // the header is complete, and `left_` bytes of the contents are missing
  Opcode opcode_{};
  uint64_t left_ = 0;
  bool in_message_ = false;  // more fragments must follow
  std::vector<std::byte> control_;
  std::vector<std::byte> ping_;
  bool ping_waits_ = false;
  std::optional<End> end_;
};

}  // namespace mqtt_native::net::websocket
