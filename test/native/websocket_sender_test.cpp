#include <doctest/doctest.h>

#include <cerrno>
#include <set>

#include "bytes.hpp"
#include "fake_stream.hpp"
#include "net/websocket/frame_sender.hpp"
#include "websocket_frames.hpp"

using namespace mqtt_native::base;
using namespace mqtt_native::net;
using namespace mqtt_native::net::websocket;
using mqtt_native::test::binary_contents;
using mqtt_native::test::bytes;
using mqtt_native::test::ClientFrame;
using mqtt_native::test::FakeStream;
using mqtt_native::test::take_client_frames;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt_native::mqtt::Bytes;
using State = Transfer::State;

namespace {

/** Makes bytes that differ by position. */
Bytes pattern(size_t size) {
  Bytes contents(size);
  for (size_t i = 0; i < size; i++) contents[i] = static_cast<std::byte>(i * 7 + i / 256);
  return contents;
}

struct Fixture {
  Transfer write(std::span<const std::byte> contents) {
    const iovec part{const_cast<std::byte*>(contents.data()), contents.size()};
    return sender.write({&part, 1});
  }

  /** Writes all bytes with as many calls as the contract of streams needs. */
  void write_all(std::span<const std::byte> contents) {
    while (!contents.empty()) {
      const Transfer transfer = write(contents);
      REQUIRE(transfer.state == State::moved);
      REQUIRE(transfer.bytes <= contents.size());
      contents = contents.subspan(transfer.bytes);
    }
  }

  std::vector<ClientFrame> frames() { return take_client_frames(stream.written); }

  FakeStream stream;
  FrameSender sender{stream};
};

}  // namespace

TEST_CASE("the bytes of one write become one message") {
  Fixture fixture;
  Bytes first = text("first ");
  Bytes second = text("second");
  const iovec parts[] = {{first.data(), first.size()}, {nullptr, 0}, {second.data(), second.size()}};
  const Transfer transfer = fixture.sender.write(parts);
  CHECK(transfer.state == State::moved);
  CHECK(transfer.bytes == 12);
  CHECK(fixture.stream.writes == 1);
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].first_byte == 0x82);
  CHECK(frames[0].contents == text("first second"));
}

TEST_CASE("messages of every size are framed and masked") {
  for (const size_t size : {1, 2, 7, 8, 9, 15, 16, 17, 31, 125, 126, 127, 1'000, 65'527, 65'528}) {
    Fixture fixture;
    const Bytes contents = pattern(size);
    CHECK(fixture.write(contents).bytes == size);
    const auto frames = fixture.frames();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].contents == contents);
    CHECK(fixture.stream.written.empty());
  }
}

TEST_CASE("a large write becomes several messages of at most 64 KiB each, headers included") {
  Fixture fixture;
  const Bytes contents = pattern(200'000);
  CHECK(fixture.write(contents).bytes == contents.size());
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 4);
  for (const ClientFrame& frame : frames) CHECK(frame.contents.size() + 8 <= 64 * 1024);
  CHECK(binary_contents(frames) == contents);
}

TEST_CASE("each message has another masking key") {
  Fixture fixture;
  std::set<Bytes> keys;
  for (int i = 0; i < 1'000; i++) fixture.write(text("x"));
  for (const ClientFrame& frame : fixture.frames()) keys.insert(frame.key);
  CHECK(keys.size() >= 999);  // two random keys may be equal
}

TEST_CASE("only sent bytes count as written, wherever a frame is cut") {
  const Bytes contents = pattern(200);
  const size_t header = 8;
  for (size_t cut = 0; cut <= header + contents.size(); cut++) {
    Fixture fixture;
    fixture.stream.writable = cut;
    const Transfer first = fixture.write(contents);
    const size_t left = cut > header ? cut - header : 0;
    CHECK(first.bytes == left);
    CHECK(first.state == (left == contents.size() ? State::moved : State::blocked));
    fixture.stream.writable = SIZE_MAX;
    const Bytes rest(contents.begin() + static_cast<ptrdiff_t>(left), contents.end());
    const Transfer second = fixture.write(rest + text("more"));
    CHECK(second.state == State::moved);
    CHECK(second.bytes == rest.size() + 4);
    CHECK(binary_contents(fixture.frames()) == contents + text("more"));
    CHECK(fixture.stream.keeps_contract);
  }
}

TEST_CASE("a stream that accepts few bytes at a time gets all of them") {
  for (const size_t step : {1, 2, 3, 7, 64}) {
    Fixture fixture;
    fixture.stream.step = step;
    fixture.write_all(pattern(1'000));
    fixture.sender.pong(text("pong"));
    fixture.write_all(pattern(100));
    const auto frames = fixture.frames();
    CHECK(binary_contents(frames) == pattern(1'000) + pattern(100));
    CHECK(frames.size() == 3);
    CHECK(fixture.stream.keeps_contract);
  }
}

TEST_CASE("the next write reports the bytes that an empty write has sent") {
  for (const size_t cut : {0, 3, 8, 20, 107}) {
    Fixture fixture;
    const Bytes contents = pattern(100);
    fixture.stream.writable = cut;
    const size_t taken = fixture.write(contents).bytes;
    fixture.sender.pong(text("pong"));
    fixture.stream.writable = SIZE_MAX;
    const Transfer pushed = fixture.sender.write({});
    CHECK(pushed.state == State::moved);
    CHECK(pushed.bytes == 0);
    const Bytes rest(contents.begin() + static_cast<ptrdiff_t>(taken), contents.end());
    CHECK(fixture.write(rest).bytes == rest.size());
    CHECK(fixture.write(text("next")).bytes == 4);
    const auto frames = fixture.frames();
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].contents == contents);
    CHECK(frames[1].first_byte == 0x8A);
    CHECK(frames[2].contents == text("next"));
    CHECK(fixture.stream.keeps_contract);
  }
}

TEST_CASE("a pong waits for the end of a frame, and a later one replaces it") {
  Fixture fixture;
  fixture.stream.writable = 10;
  CHECK(fixture.write(text("message")).state == State::blocked);
  for (int i = 0; i < 100'000; i++) fixture.sender.pong(text("ping " + std::to_string(i)));
  CHECK(fixture.sender.write({}).state == State::blocked);
  fixture.stream.writable = SIZE_MAX;
  CHECK(fixture.write(text("agemore")).state == State::moved);
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].contents == text("message"));
  CHECK(frames[1].first_byte == 0x8A);
  CHECK(frames[1].contents == text("ping 99999"));
  CHECK(frames[2].contents == text("more"));
}

TEST_CASE("a partly sent pong is sent completely") {
  Fixture fixture;
  fixture.stream.writable = 3;
  fixture.sender.pong(text("first"));
  CHECK(fixture.sender.write({}).state == State::blocked);
  fixture.sender.pong(text("second"));
  fixture.stream.writable = SIZE_MAX;
  CHECK(fixture.sender.write({}).state == State::moved);
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].contents == text("first"));
  CHECK(frames[1].contents == text("second"));
  CHECK(fixture.stream.keeps_contract);
}

TEST_CASE("nothing follows a close frame") {
  Fixture fixture;
  fixture.sender.pong(text("pong"));
  fixture.sender.close(1000);
  fixture.sender.close(1002);
  CHECK(fixture.sender.closing());
  CHECK_FALSE(fixture.sender.closed());
  fixture.sender.pong(text("pong"));
  const Transfer transfer = fixture.write(text("late"));
  CHECK(transfer.state == State::failed);
  CHECK(transfer.bytes == 0);
  CHECK(transfer.error == EPIPE);
  CHECK(fixture.sender.closed());
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].first_byte == 0x88);
  CHECK(frames[0].contents == bytes({1000 >> 8, 1000 & 0xFF}));
  fixture.stream.writes = 0;
  CHECK(fixture.sender.write({}).state == State::moved);
  CHECK(fixture.stream.writes == 0);
}

TEST_CASE("a partly sent frame is completed before the close frame") {
  Fixture fixture;
  fixture.stream.writable = 9;
  CHECK(fixture.write(text("message")).bytes == 3);
  fixture.sender.close(std::nullopt);
  fixture.stream.writable = SIZE_MAX;
  CHECK(fixture.sender.write({}).state == State::moved);
  const auto frames = fixture.frames();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].contents == text("message"));
  CHECK(frames[1].first_byte == 0x88);
  CHECK(frames[1].contents.empty());
  const Transfer rest = fixture.write(text("sagelate"));
  CHECK(rest.bytes == 4);
  CHECK(rest.state == State::failed);
}

TEST_CASE("an empty write reaches the inner stream") {
  Fixture fixture;
  CHECK(fixture.sender.write({}).state == State::moved);
  CHECK(fixture.stream.writes == 1);
  fixture.stream.writable = 0;
  CHECK(fixture.sender.write({}).state == State::blocked);
}

TEST_CASE("a stream that broke stays broken") {
  Fixture fixture;
  fixture.stream.write_error = ECONNRESET;
  CHECK(fixture.write(text("x")).error == ECONNRESET);
  fixture.stream.write_error = 0;
  CHECK(fixture.write(text("x")).error == ECONNRESET);
  CHECK(fixture.sender.write({}).state == State::failed);
  CHECK(fixture.stream.written.empty());
}
