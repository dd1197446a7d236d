#include "node/inbox.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "bytes.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using node::Inbox;
using node::Slab;

namespace {

paho::Message message(std::string_view topic, size_t size, char fill = 'x') {
  paho::PahoMemory memory(std::malloc(size + 1));
  std::memset(memory.get(), fill, size);
  const wire::BytesView payload{static_cast<const std::byte*>(memory.get()), size};
  return {topic, payload, std::move(memory), {}, 7, 1, false, false};
}

struct Fixture {
  int rings = 0;
  int resumed = 0;
  Inbox inbox{Inbox::Notice{.ring = [this] { rings++; }, .resume = [this] { resumed++; }}};
};

}  // namespace

TEST_CASE("the bytes of a message record") {
  Fixture fixture;
  fixture.inbox.message(3, message("a/b", 2));
  const auto slab = fixture.inbox.take();
  REQUIRE(slab);
  wire::Bytes got(slab->bytes().begin(), slab->bytes().end());
  got[2] = got[3] = std::byte{};  // the cache's entry depends on a hash
  CHECK(got == bytes({1, 0x21, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}) +
                   text("a/bxx") + bytes({0, 0, 0}));
}

TEST_CASE("a topic that repeats crosses once") {
  Fixture fixture;
  fixture.inbox.message(1, message("topic", 1));
  fixture.inbox.message(1, message("topic", 1));
  const auto slab = fixture.inbox.take();
  CHECK(slab->bytes().size() == (24 + 8) + (24 + 4));
  CHECK(std::to_integer<int>(slab->bytes()[32 + 1]) == 0x11);  // QoS 1, cached
  CHECK(slab->bytes()[2] == slab->bytes()[32 + 2]);
}

TEST_CASE("completions in a row are one record") {
  Fixture fixture;
  fixture.inbox.completed(9, {.token = 4, .identifier = 0});
  fixture.inbox.completed(9, {.token = 5, .count = 2, .identifier = 0});
  fixture.inbox.completed(9, {.token = 8, .identifier = 0});
  fixture.inbox.completed(9, {.token = 9, .identifier = 2});
  fixture.inbox.completed(8, {.token = 10, .identifier = 0});
  const auto slab = fixture.inbox.take();
  CHECK(slab->events() == 6);
  const wire::BytesView first = slab->bytes().first(24);
  CHECK(wire::Bytes(first.begin(), first.end()) ==
        bytes({2, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_CASE("a completion that Paho refused stands alone") {
  Fixture fixture;
  fixture.inbox.completed(9, {.token = 1, .identifier = 0, .paho_error = -5});
  fixture.inbox.completed(9, {.token = 2, .identifier = 0});
  CHECK(fixture.inbox.take()->bytes().size() == 48);
}

TEST_CASE("an ending has its code, its text and the broker's last word") {
  Fixture fixture;
  const wire::Ending ending{{"CODE", "text"}, 0x8D, bytes({0xE0, 0})};
  fixture.inbox.ended(1, Slab::Kind::closed, &ending);
  fixture.inbox.ended(1, Slab::Kind::closed, nullptr);
  const auto slab = fixture.inbox.take();
  const wire::Bytes got(slab->bytes().begin(), slab->bytes().end());
  CHECK(got == bytes({5, 0, 0, 0, 1, 0, 0, 0, 0x8D, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0}) +
                   text("CODEtext") + bytes({0xE0, 0, 0, 0}) +
                   bytes({5, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_CASE("a large payload travels beside the slab") {
  Fixture fixture;
  fixture.inbox.message(1, message("t", Inbox::large_payload));
  auto slab = fixture.inbox.take();
  CHECK(slab->bytes().size() == 28);
  REQUIRE(slab->large_payloads().size() == 1);
  CHECK(slab->large_payloads()[0].size == Inbox::large_payload);
}

TEST_CASE("the bell rings once, and again when it has been armed again") {
  Fixture fixture;
  fixture.inbox.message(1, message("t", 1));
  fixture.inbox.message(1, message("t", 1));
  CHECK(fixture.rings == 1);
  CHECK_FALSE(fixture.inbox.rearm());
  CHECK(fixture.inbox.take());
  fixture.inbox.message(1, message("t", 1));
  CHECK(fixture.rings == 1);
  CHECK(fixture.inbox.take());
  CHECK(fixture.inbox.rearm());
  fixture.inbox.message(1, message("t", 1));
  CHECK(fixture.rings == 2);
}

TEST_CASE("portions are bounded by records and by bytes") {
  Fixture fixture;
  for (size_t i = 0; i < Inbox::portion_events + 1; i++) fixture.inbox.message(1, message("t", 1));
  CHECK(fixture.inbox.take()->events() == Inbox::portion_events);
  CHECK(fixture.inbox.take()->events() == 1);
  for (int i = 0; i < 100; i++) fixture.inbox.message(1, message("t", 10'000));
  CHECK(fixture.inbox.take()->weight() < Inbox::portion_bytes + 11'000);
}

TEST_CASE("above the high water mark the inbox is congested until it is below the low one") {
  Fixture fixture;
  const size_t size = 1024 * 1024;
  for (size_t i = 0; i < Inbox::high_water / size + 1; i++) fixture.inbox.message(1, message("t", size));
  CHECK(*fixture.inbox.congested());
  while (fixture.inbox.take()) {
    if (fixture.resumed == 0) CHECK(*fixture.inbox.congested());
  }
  CHECK_FALSE(*fixture.inbox.congested());
  CHECK(fixture.resumed == 1);
}

TEST_CASE("a closed inbox takes nothing and rings nobody") {
  Fixture fixture;
  fixture.inbox.close();
  fixture.inbox.message(1, message("t", 1));
  CHECK(fixture.rings == 0);
  CHECK_FALSE(fixture.inbox.take());
}

TEST_CASE("the bytes of a line of trace") {
  Fixture fixture;
  fixture.inbox.trace("abc");
  const auto slab = fixture.inbox.take();
  REQUIRE(slab);
  CHECK(wire::Bytes(slab->bytes().begin(), slab->bytes().end()) ==
        bytes({7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) + text("abc") +
            bytes({0}));
}

TEST_CASE("trace makes room for events, and says how much of it was left out") {
  Fixture fixture;
  const std::string line(1000, 'x');
  for (int i = 0; i < 1000; i++) fixture.inbox.trace(line);
  fixture.inbox.message(1, message("t", 1));
  size_t waiting = 0;
  while (const auto slab = fixture.inbox.take()) waiting += slab->bytes().size();
  CHECK(waiting < Inbox::trace_limit + 2048);
  fixture.inbox.trace("more");
  const auto slab = fixture.inbox.take();
  REQUIRE(slab);
  uint32_t dropped = 0;
  std::memcpy(&dropped, slab->bytes().data() + 8, sizeof dropped);
  CHECK(dropped == 1000 - waiting / (24 + line.size()));
}
