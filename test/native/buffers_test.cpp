#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "bytes.hpp"
#include "fake_stream.hpp"
#include "net/read_buffer.hpp"
#include "net/stream_writer.hpp"

using namespace mqtt_native::base;
using namespace mqtt_native::net;
using mqtt_native::test::FakeStream;
using mqtt_native::test::text;
using State = Transfer::State;

namespace {

/** A stream writer with the lock that its calls need. */
struct OutletFixture {
  FakeStream stream;
  size_t reported = 0;
  StreamWriter writer{stream, [this](size_t count) { reported += count; }};
  StreamWriter::Lock lock = writer.lock();
};

}  // namespace

TEST_CASE("many appends are written at once") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  writer.append(text("ab"));
  writer.append(text("cd"));
  CHECK(stream.written.empty());
  CHECK(writer.backlog() == 4);
  writer.flush(lock);
  CHECK(stream.written == text("abcd"));
  CHECK(stream.writes == 1);
  CHECK(reported == 4);
  CHECK(writer.size() == 0);
}

TEST_CASE("bytes that a stream does not accept wait until it is writable") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  stream.writable = 3;
  writer.append(text("abcdef"));
  writer.flush(lock);
  CHECK(writer.size() == 3);
  stream.writable = 100;
  writer.flush(lock);
  CHECK(writer.size() == 3);
  writer.on_writable(lock);
  CHECK(stream.written == text("abcdef"));
}

TEST_CASE("a large write is sent directly, and its rest before later bytes") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  auto first = text("abc");
  auto second = text("defg");
  const iovec parts[] = {{first.data(), first.size()}, {second.data(), second.size()}};
  stream.writable = 4;
  CHECK(writer.is_clear());
  writer.write(lock, parts);
  CHECK(stream.written == text("abcd"));
  CHECK_FALSE(writer.is_clear());
  writer.append(text("12"));
  stream.writable = 100;
  writer.on_writable(lock);
  CHECK(stream.written == text("abcdefg12"));
}

TEST_CASE("more than a block is sent in order") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  std::vector<std::byte> all;
  for (size_t i = 0; i < 50'000; i++) {
    const std::vector<std::byte> piece(1 + i % 40, static_cast<std::byte>(i));
    all.insert(all.end(), piece.begin(), piece.end());
    writer.append(piece);
    if (i % 1000 != 0) continue;
    stream.writable = i;
    writer.on_writable(lock);
  }
  stream.writable = all.size();
  writer.on_writable(lock);
  CHECK(stream.written == all);
  CHECK(writer.size() == 0);
}

TEST_CASE("large pieces keep their order, also with a large backlog") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  std::vector<std::byte> all;
  for (size_t i = 0; i < 300; i++) {  // more than one block
    std::vector<std::byte> piece(4'000 + i);
    for (size_t at = 0; at < piece.size(); at++) piece[at] = static_cast<std::byte>(at * i);
    all.insert(all.end(), piece.begin(), piece.end());
    writer.append(piece);
  }
  stream.writable = all.size();
  writer.flush(lock, SIZE_MAX);
  CHECK(stream.written == all);
}

TEST_CASE("a flush stops after a portion, though others append as fast as it writes") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  for (size_t i = 0; i < 3 * StreamWriter::portion / 1000; i++) writer.append(std::vector<std::byte>(1000));
  writer.flush(lock);
  CHECK(writer.has_more());
  CHECK(reported >= StreamWriter::portion);
  CHECK(reported <= 2 * StreamWriter::portion);
  writer.flush(lock, SIZE_MAX);
  CHECK_FALSE(writer.has_more());
  CHECK(writer.size() == 0);
}

namespace {

/** A stream that becomes writable again during a blocked write, before the writer can note that. */
class EagerStream final : public Stream {
 public:
  Transfer read(std::span<std::byte>) override { return {State::blocked}; }
  Transfer write(std::span<const iovec> from) override {
    if (std::exchange(full, false)) {
      auto lock = writer->lock();
      writer->on_writable(lock);
      return {State::blocked};
    }
    size_t count = 0;
    for (const iovec& part : from) count += part.iov_len;
    written += count;
    return {State::moved, count};
  }
  void finish_writing() override {}
  [[nodiscard]] int descriptor() const override { return -1; }

  StreamWriter* writer = nullptr;
  bool full = true;
  size_t written = 0;
};

}  // namespace

TEST_CASE("readiness during a blocked write is not lost") {
  EagerStream stream;
  StreamWriter writer(stream, [](size_t) {});
  stream.writer = &writer;
  auto lock = writer.lock();
  writer.append(text("abc"));
  writer.flush(lock);
  CHECK(stream.written == 3);
}

TEST_CASE("a failed write drops the backlog and is reported") {
  FakeStream stream;
  size_t left = SIZE_MAX;
  StreamWriter* self = nullptr;
  StreamWriter writer(stream, [&](size_t) { left = self->size(); });
  self = &writer;
  auto lock = writer.lock();
  writer.append(text("abc"));
  stream.write_error = EPIPE;
  writer.flush(lock);
  CHECK(writer.failed());
  CHECK(left == 0);
}

TEST_CASE("held memory is sent in its place and released then") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  const auto memory = std::make_shared<std::byte[]>(10'000);
  std::fill_n(memory.get(), 10'000, std::byte{'x'});
  std::vector<std::byte> expected;
  for (int i = 0; i < 300; i++) {  // more parts than one system call gets
    writer.append(text("head"));
    writer.append_held(memory, {memory.get() + i, 1000});
    const auto head = text("head");
    expected.insert(expected.end(), head.begin(), head.end());
    expected.insert(expected.end(), 1000, std::byte{'x'});
  }
  CHECK(memory.use_count() == 301);
  stream.writable = 150'500;
  writer.flush(lock);
  CHECK(memory.use_count() == 301 - 149);
  writer.append(text("tail"));
  stream.writable = SIZE_MAX;
  writer.on_writable(lock);
  const auto tail = text("tail");
  expected.insert(expected.end(), tail.begin(), tail.end());
  CHECK(stream.written == expected);
  CHECK(memory.use_count() == 1);
  CHECK(stream.keeps_contract);
}

TEST_CASE("a closed stream writer writes nothing, and reports its end only when it has finished") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  stream.writable = 0;
  writer.append(text("ab"));
  writer.flush(lock);
  CHECK_FALSE(writer.finish());
  stream.writable = 1;
  writer.on_writable(lock);
  CHECK_FALSE(writer.finish());
  stream.writable = 1;
  writer.on_writable(lock);
  CHECK(writer.finish());
  writer.append(text("c"));
  writer.close(lock);
  stream.writable = 1;
  writer.on_writable(lock);
  CHECK(stream.written == text("ab"));
}

TEST_CASE("several threads write through one stream writer") {
  OutletFixture fixture;
  auto& [stream, reported, writer, lock] = fixture;
  stream.writable = SIZE_MAX;
  lock.unlock();
  std::vector<std::thread> threads;
  for (char name = 'a'; name < 'd'; name++)
    threads.emplace_back([&writer = writer, name] {
      for (int i = 0; i < 20'000; i++) {
        auto own = writer.lock();
        writer.append(text(std::string(3, name)));
        if (i % 7 == 0) writer.flush(own);
      }
    });
  for (auto& thread : threads) thread.join();
  lock.lock();
  writer.flush(lock);
  REQUIRE(stream.written.size() == 180'000);
  for (size_t i = 0; i < stream.written.size(); i += 3) {
    REQUIRE(stream.written[i] == stream.written[i + 1]);
    REQUIRE(stream.written[i] == stream.written[i + 2]);
  }
}

TEST_CASE("a read buffer keeps unconsumed bytes, and moves them to make room") {
  FakeStream stream;
  ReadBuffer buffer;
  const std::vector<std::byte> block(ReadBuffer::capacity - 1, std::byte{1});
  stream.feed(block);
  stream.feed(text("xy"));
  CHECK(buffer.fill(stream).state == State::moved);
  CHECK(buffer.bytes().size() == ReadBuffer::capacity);
  buffer.consume(ReadBuffer::capacity - 1);
  CHECK(buffer.fill(stream).state == State::drained);
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("xy"));
}

TEST_CASE("a read buffer does not write to held memory again") {
  FakeStream stream;
  ReadBuffer buffer;
  SharedBytes held;
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
    buffer.consume(buffer.bytes().size() - 1);  // the last byte must move along
    CHECK(std::ranges::all_of(first, [](std::byte byte) { return byte == std::byte{0}; }));
  }
}

TEST_CASE("the rest of a packet is read into the same block, however little space is left") {
  FakeStream stream;
  ReadBuffer buffer;
  constexpr size_t packet = 64 * 1024;
  const size_t before = ReadBuffer::capacity - packet;
  stream.feed(std::vector<std::byte>(before + packet / 2));
  buffer.fill(stream);
  const SharedBytes block = buffer.memory();
  buffer.consume(before);
  buffer.reserve(packet);
  stream.feed(std::vector<std::byte>(packet / 2));
  buffer.fill(stream);
  CHECK(buffer.bytes().size() == packet);
  CHECK(buffer.memory() == block);
  buffer.consume(packet);
  stream.feed(text("the next one"));
  buffer.fill(stream);
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("the next one"));
}

TEST_CASE("memory with few bytes is not held") {
  FakeStream stream;
  ReadBuffer buffer;
  stream.feed(text("few"));
  buffer.fill(stream);
  CHECK_FALSE(buffer.memory());
}

TEST_CASE("an idle read buffer has no memory except for its bytes") {
  FakeStream stream;
  ReadBuffer buffer;
  stream.feed(text("abc"));
  buffer.fill(stream);
  buffer.consume(1);
  buffer.release_if_idle();
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("bc"));
  stream.feed(text("d"));
  buffer.fill(stream);
  CHECK(std::vector(buffer.bytes().begin(), buffer.bytes().end()) == text("bcd"));
  buffer.consume(3);
  buffer.release_if_idle();
  CHECK(buffer.bytes().data() == nullptr);
}

TEST_CASE("a packet in small pieces is not moved for each of them") {
  FakeStream stream;
  ReadBuffer buffer;
  size_t moves = 0;
  const std::byte* place = nullptr;
  stream.feed(std::vector<std::byte>(ReadBuffer::capacity));
  for (int piece = 0; piece < 100; piece++) {
    buffer.reserve(2 * buffer.bytes().size() + 16);
    buffer.fill(stream);
    if (std::exchange(place, buffer.bytes().data()) != buffer.bytes().data()) moves++;
    stream.feed(text("x"));
  }
  CHECK(buffer.bytes().size() == ReadBuffer::capacity + 99);
  CHECK(moves <= 2);
}

TEST_CASE("a read buffer grows for one large packet and shrinks after it") {
  FakeStream stream;
  ReadBuffer buffer;
  buffer.reserve(1'000'000);
  stream.feed(std::vector<std::byte>(1'000'000, std::byte{2}));
  while (buffer.bytes().size() < 1'000'000) buffer.fill(stream);
  buffer.consume(1'000'000);
  stream.feed(std::vector<std::byte>(1'000'000, std::byte{3}));
  buffer.fill(stream);
  CHECK(buffer.bytes().size() == ReadBuffer::capacity);
}
