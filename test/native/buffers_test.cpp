#include <doctest/doctest.h>

#include "bytes.hpp"
#include "fake_stream.hpp"
#include "net/read_ahead.hpp"
#include "net/write_buffer.hpp"

using namespace mqtt_native::net;
using mqtt_native::test::FakeStream;
using mqtt_native::test::text;
using State = Transfer::State;

TEST_CASE("many writes leave as one") {
  FakeStream stream;
  WriteBuffer buffer;
  buffer.append(text("ab"));
  buffer.append(text("cd"));
  CHECK(stream.written.empty());
  CHECK(buffer.flush(stream).state == State::moved);
  CHECK(stream.written == text("abcd"));
  CHECK(stream.writes == 1);
  CHECK(buffer.empty());
}

TEST_CASE("what a stream does not take waits") {
  FakeStream stream;
  stream.writable = 3;
  WriteBuffer buffer;
  buffer.append(text("abcdef"));
  CHECK(buffer.flush(stream).state == State::blocked);
  CHECK(buffer.size() == 3);
  stream.writable = 100;
  CHECK(buffer.flush(stream).state == State::moved);
  CHECK(stream.written == text("abcdef"));
}

TEST_CASE("a large write goes out from where it lies, behind what waits") {
  FakeStream stream;
  WriteBuffer buffer;
  buffer.append(text("12"));
  auto first = text("abc");
  auto second = text("defg");
  const iovec parts[] = {{first.data(), first.size()}, {second.data(), second.size()}};
  stream.writable = 6;
  buffer.write_through(stream, parts);
  CHECK(buffer.size() == 3);
  stream.writable = 100;
  buffer.flush(stream);
  CHECK(stream.written == text("12abcdefg"));
}

TEST_CASE("read-ahead keeps what was not asked for, and makes room by moving it") {
  FakeStream stream;
  ReadAhead buffer;
  const std::vector<std::byte> block(ReadAhead::capacity - 1, std::byte{1});
  stream.feed(block);
  stream.feed(text("xy"));
  CHECK(buffer.fill(stream).state == State::moved);
  CHECK(buffer.bytes().size() == ReadAhead::capacity);
  buffer.consume(ReadAhead::capacity - 1);
  CHECK(buffer.fill(stream).state == State::drained);
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("xy"));
}

TEST_CASE("what somebody holds of read-ahead is not written to again") {
  FakeStream stream;
  ReadAhead buffer;
  net::SharedBytes held;
  std::span<const std::byte> first;
  for (int round = 0; round < 8; round++) {
    stream.feed(std::vector<std::byte>(100'000, static_cast<std::byte>(round)));
    buffer.fill(stream);
    REQUIRE(buffer.bytes().size() >= 100'000);
    CHECK(buffer.bytes()[buffer.bytes().size() - 1] == static_cast<std::byte>(round));
    if (round == 0) {
      first = buffer.bytes();
      held = buffer.memory();
      REQUIRE(held);
    }
    buffer.consume(buffer.bytes().size() - 1);  // the last byte has to move along
    CHECK(std::ranges::all_of(first, [](std::byte byte) { return byte == std::byte{0}; }));
  }
}

TEST_CASE("few bytes are not worth holding the memory that they lie in") {
  FakeStream stream;
  ReadAhead buffer;
  stream.feed(text("few"));
  buffer.fill(stream);
  CHECK_FALSE(buffer.memory());
}

TEST_CASE("read-ahead at rest has no memory but for what is in it") {
  FakeStream stream;
  ReadAhead buffer;
  stream.feed(text("abc"));
  buffer.fill(stream);
  buffer.consume(1);
  buffer.rest();
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("bc"));
  stream.feed(text("d"));
  buffer.fill(stream);
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("bcd"));
  buffer.consume(3);
  buffer.rest();
  CHECK(buffer.bytes().data() == nullptr);
}

TEST_CASE("read-ahead grows for one large packet and shrinks after it") {
  FakeStream stream;
  ReadAhead buffer;
  buffer.reserve(1'000'000);
  stream.feed(std::vector<std::byte>(1'000'000, std::byte{2}));
  while (buffer.bytes().size() < 1'000'000) buffer.fill(stream);
  buffer.consume(1'000'000);
  stream.feed(std::vector<std::byte>(1'000'000, std::byte{3}));
  buffer.fill(stream);
  CHECK(buffer.bytes().size() == ReadAhead::capacity);
}
