#include <doctest/doctest.h>

#include <random>

#include "bytes.hpp"
#include "net/websocket/frame_parser.hpp"
#include "websocket_frames.hpp"

using namespace mqtt_native::net::websocket;
using mqtt_native::test::bytes;
using mqtt_native::test::server_frame;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt_native::mqtt::Bytes;
using mqtt_native::mqtt::BytesView;

namespace {

constexpr int fragment = 0x02;
constexpr int continuation = 0x00;
constexpr int last = 0x80;
constexpr int binary = 0x82;
constexpr int close_frame = 0x88;
constexpr int ping = 0x89;
constexpr int pong = 0x8A;

/** Returns a parser's results for bytes in pieces of this size. */
Bytes unframe(FrameParser& parser, Bytes input, size_t piece = SIZE_MAX) {
  Bytes contents;
  std::span<std::byte> rest = input;
  while (!rest.empty()) {
    const auto next = rest.first(std::min(piece, rest.size()));
    const size_t size = parser.unframe(next);
    REQUIRE(size <= next.size());
    contents.insert(contents.end(), next.begin(), next.begin() + static_cast<ptrdiff_t>(size));
    rest = rest.subspan(next.size());
  }
  return contents;
}

Bytes unframe(const Bytes& input) {
  FrameParser parser;
  Bytes contents = unframe(parser, input);
  CHECK_FALSE(parser.end());
  return contents;
}

Bytes close_contents(int code, std::string_view reason = {}) {
  return bytes({code >> 8, code & 0xFF}) + text(reason);
}

Bytes random_bytes(std::mt19937& random, size_t size) {
  Bytes result(size);
  for (std::byte& byte : result) byte = static_cast<std::byte>(random());
  return result;
}

}  // namespace

TEST_CASE("the contents of binary frames are the stream") {
  CHECK(unframe(server_frame(binary, text("one"))) == text("one"));
  CHECK(unframe(server_frame(binary, text("one")) + server_frame(binary, text("two"))) == text("onetwo"));
  CHECK(unframe(server_frame(binary, {}) + server_frame(binary, text("x")) + server_frame(binary, {})) ==
        text("x"));
  for (const size_t size : {125, 126, 127, 65'535, 65'536, 100'000}) {
    const Bytes contents(size, std::byte{'x'});
    CHECK(unframe(server_frame(binary, contents) + server_frame(binary, text("y"))) == contents + text("y"));
  }
}

TEST_CASE("fragments are one stream, and control frames may occur between them") {
  CHECK(unframe(server_frame(fragment, text("a")) + server_frame(ping, text("?")) +
                server_frame(continuation, {}) + server_frame(continuation, text("b")) +
                server_frame(pong, text("!")) + server_frame(last, text("c")) +
                server_frame(binary, text("d"))) == text("abcd"));
}

TEST_CASE("frames may be cut anywhere") {
  const Bytes long_contents(300, std::byte{'x'});
  const Bytes input = server_frame(fragment, text("ab")) + server_frame(ping, text("ping")) +
                      server_frame(last, long_contents) + server_frame(binary, {}) +
                      server_frame(binary, Bytes(66'000, std::byte{'y'})) +
                      server_frame(close_frame, close_contents(1008, "why"));
  const Bytes expected = text("ab") + long_contents + Bytes(66'000, std::byte{'y'});
  for (size_t piece = 1; piece <= 320; piece++) {
    FrameParser parser;
    CHECK(unframe(parser, input, piece) == expected);
    REQUIRE(parser.end());
    CHECK(parser.end()->code == 1008);
    CHECK(parser.end()->text == "why");
  }
}

TEST_CASE("a frame larger than any memory streams through") {
  FrameParser parser;
  CHECK(unframe(parser, bytes({binary, 127, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF})).empty());
  const Bytes contents(1'000'000, std::byte{'x'});
  CHECK(unframe(parser, contents) == contents);
  CHECK_FALSE(parser.end());
}

TEST_CASE("the latest ping is returned once") {
  FrameParser parser;
  CHECK_FALSE(parser.take_ping());
  unframe(parser, server_frame(ping, text("first")) + server_frame(ping, text("second")));
  const auto contents = parser.take_ping();
  REQUIRE(contents);
  CHECK(Bytes(contents->begin(), contents->end()) == text("second"));
  CHECK_FALSE(parser.take_ping());
  unframe(parser, server_frame(ping, {}));
  CHECK(parser.take_ping()->empty());
  unframe(parser, server_frame(pong, text("unasked")));
  CHECK_FALSE(parser.take_ping());
  unframe(parser, server_frame(ping, Bytes(125, std::byte{'x'})));
  CHECK(parser.take_ping()->size() == 125);
}

TEST_CASE("bytes behind an end are ignored") {
  FrameParser parser;
  CHECK(unframe(
            parser,
            server_frame(binary, text("a")) + server_frame(close_frame, {}) + server_frame(binary, text("b")),
            4) == text("a"));
  REQUIRE(parser.end());
  CHECK_FALSE(parser.end()->is_error);
  CHECK_FALSE(parser.end()->code);
  CHECK(unframe(parser, server_frame(binary, text("c"))).empty());
}

TEST_CASE("close frames carry a code that may be sent, and a reason") {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1011, 1014, 3000, 3999, 4000, 4999}) {
    FrameParser parser;
    unframe(parser, server_frame(close_frame, close_contents(code, "reason")));
    REQUIRE(parser.end());
    CHECK_FALSE(parser.end()->is_error);
    CHECK(parser.end()->code == code);
    CHECK(parser.end()->text == "reason");
  }
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65'535}) {
    FrameParser parser;
    unframe(parser, server_frame(close_frame, close_contents(code)));
    REQUIRE(parser.end());
    CHECK(parser.end()->is_error);
    CHECK(parser.end()->text == "closed the WebSocket with the code " + std::to_string(code));
  }
}

TEST_CASE("an invalid frame of a server is an error, wherever it is cut") {
  struct ProtocolError {
    Bytes input;
    std::string did;
    int code = 1002;
  };
  const ProtocolError violations[] = {
      {bytes({0xC2, 0}), "sent a WebSocket frame with reserved bits"},
      {bytes({0xA2, 0}), "sent a WebSocket frame with reserved bits"},
      {bytes({0x92, 0}), "sent a WebSocket frame with reserved bits"},
      {bytes({0x83, 0}), "sent a WebSocket frame with a reserved opcode"},
      {bytes({0x87, 0}), "sent a WebSocket frame with a reserved opcode"},
      {bytes({0x8B, 0}), "sent a WebSocket frame with a reserved opcode"},
      {bytes({0x8F, 0}), "sent a WebSocket frame with a reserved opcode"},
      {bytes({0x82, 0x81, 1, 2, 3, 4, 5}), "sent a masked WebSocket frame"},
      {bytes({0x89, 0x80, 1, 2, 3, 4}), "sent a masked WebSocket frame"},
      {bytes({0x09, 0}), "sent a fragment of a WebSocket control frame"},
      {bytes({0x08, 0}), "sent a fragment of a WebSocket control frame"},
      {bytes({0x89, 126, 0, 126}), "sent a WebSocket control frame that is too long"},
      {bytes({0x88, 127}), "sent a WebSocket control frame that is too long"},
      {bytes({0x81, 1, 'x'}), "sent a WebSocket message of text; MQTT is binary", 1003},
      {bytes({0x01, 1, 'x'}), "sent a WebSocket message of text; MQTT is binary", 1003},
      {bytes({0x80, 0}), "continued a WebSocket message that had not begun"},
      {server_frame(fragment, {}) + server_frame(last, {}) + server_frame(last, {}),
       "continued a WebSocket message that had not begun"},
      {server_frame(fragment, {}) + server_frame(binary, {}), "began a WebSocket message inside another"},
      {bytes({0x82, 126, 0, 125}), "sent a WebSocket frame with a malformed size"},
      {bytes({0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}), "sent a WebSocket frame with a malformed size"},
      {bytes({0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0}), "sent a WebSocket frame with a malformed size"},
      {bytes({0x88, 1, 3}), "sent a WebSocket close frame with half a code"},
  };
  for (const ProtocolError& is_error : violations)
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{3}, SIZE_MAX}) {
      FrameParser parser;
      const Bytes input = server_frame(binary, text("before")) + is_error.input;
      CHECK(unframe(parser, input + server_frame(binary, text("after")), piece) == text("before"));
      REQUIRE(parser.end());
      CHECK(parser.end()->is_error);
      CHECK(parser.end()->text == is_error.did);
      CHECK(parser.end()->code == is_error.code);
    }
}

TEST_CASE("any sequence of frames is the same stream, wherever it is cut") {
  std::mt19937 random(20'240'601);
  for (int round = 0; round < 300; round++) {
    Bytes input;
    Bytes expected;
    Bytes latest_ping;
    bool in_message = false;
    for (int frame = 0; frame < 30; frame++) {
      if (random() % 4 == 0) {
        const Bytes contents = random_bytes(random, random() % 126);
        const bool is_ping = random() % 2 == 0;
        if (is_ping) latest_ping = contents;
        input = input + server_frame(is_ping ? ping : pong, contents);
        continue;
      }
      const Bytes contents = random_bytes(random, random() % 8 == 0 ? random() % 70'000 : random() % 300);
      const bool is_last = random() % 2 == 0;
      input = input + server_frame((in_message ? continuation : fragment) | (is_last ? last : 0), contents);
      expected = expected + contents;
      in_message = !is_last;
    }
    FrameParser parser;
    CHECK(unframe(parser, input, 1 + random() % 5'000) == expected);
    CHECK_FALSE(parser.end());
    if (const auto contents = parser.take_ping())
      CHECK(Bytes(contents->begin(), contents->end()) == latest_ping);
  }
}

TEST_CASE("garbage is an error or ignored, and is never read beyond its end") {
  std::mt19937 random(4'711);
  for (int round = 0; round < 20'000; round++) {
    FrameParser parser;
    const Bytes input = random_bytes(random, random() % 64);
    CHECK(unframe(parser, input, 1 + random() % 8).size() <= input.size());
  }
}
