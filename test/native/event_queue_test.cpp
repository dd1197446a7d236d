#include <doctest/doctest.h>

#include <cstring>

#include "bytes.hpp"
#include "node/inbox.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using node::Inbox;
using node::Slab;

namespace {

/** Puts a message in, whose payload lies somewhere in this memory, if there is any. */
void put(Inbox& inbox, uint32_t client, std::string_view topic, wire::BytesView payload,
         const net::SharedBytes& memory = {}) {
  inbox.message(client, {.topic = topic,
                         .properties = {},
                         .payload = payload,
                         .memory = memory,
                         .identifier = 7,
                         .qos = 1,
                         .retain = false,
                         .duplicate = false});
}

void put(Inbox& inbox, uint32_t client, std::string_view topic, size_t size) {
  put(inbox, client, topic, wire::Bytes(size, std::byte{'x'}));
}

struct Fixture {
  int rings = 0;
  int resumed = 0;
  Inbox inbox{Inbox::Notice{.ring = [this] { rings++; }, .resume = [this] { resumed++; }}};
};

}  // namespace

TEST_CASE("the bytes of a message record") {
  Fixture fixture;
  put(fixture.inbox, 3, "a/b", 2);
  const auto slab = fixture.inbox.take();
  REQUIRE(slab);
  wire::Bytes got(slab->bytes().begin(), slab->bytes().end());
  got[2] = got[3] = std::byte{};  // the cache's entry depends on a hash
  CHECK(got == bytes({1, 0x21, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}) +
                   text("a/bxx") + bytes({0, 0, 0}));
}

TEST_CASE("a slab knows whether any of it answers something") {
  Fixture fixture;
  const auto has_answers = [&fixture] {
    const auto slab = fixture.inbox.take();
    REQUIRE(slab);
    return slab->has_answers();
  };
  fixture.inbox.completed(1, {.token = 1, .count = 2, .identifier = 0});
  fixture.inbox.trace("line");
  CHECK(!has_answers());
  fixture.inbox.completed(1, {.token = 3, .identifier = 0});
  fixture.inbox.completed(1, {.token = 4, .identifier = 1});
  CHECK(has_answers());
  put(fixture.inbox, 1, "topic", 1);
  CHECK(has_answers());
  fixture.inbox.ended(1, Slab::Kind::closed, nullptr);
  CHECK(has_answers());
}

TEST_CASE("who is woken by a ring may take what it is for at once") {
  Inbox* inbox = nullptr;
  size_t taken = 0;
  Inbox ringing({.ring =
                     [&] {
                       while (const auto slab = inbox->take()) taken += slab->events();
                       inbox->rearm();
                     },
                 .resume = [] {}});
  inbox = &ringing;
  put(ringing, 1, "topic", 1);
  ringing.announce();
  for (uint32_t token = 1; token <= Inbox::many_completions; token++)
    ringing.completed(1, {.token = token, .identifier = 1});
  ringing.packet(1, Slab::Kind::connected, bytes({0x20, 2, 0, 0}));
  ringing.ended(1, Slab::Kind::closed, nullptr);
  ringing.trace("line");
  CHECK(taken == 1 + Inbox::many_completions + 3);
}

TEST_CASE("a topic that repeats crosses once") {
  Fixture fixture;
  put(fixture.inbox, 1, "topic", 1);
  put(fixture.inbox, 1, "topic", 1);
  const auto slab = fixture.inbox.take();
  CHECK(slab->bytes().size() == (24 + 8) + (24 + 4));
  CHECK(std::to_integer<int>(slab->bytes()[32 + 1]) == 0x11);  // QoS 1, cached
  CHECK(slab->bytes()[2] == slab->bytes()[32 + 2]);
}

TEST_CASE("of a thousand topics in turn nearly all cross once") {
  node::TopicCache cache;
  int hits = 0;
  for (int i = 0; i < 2000; i++) {
    const auto use = cache.look_up("a/topic/" + std::to_string(i % 1000)).use;
    CHECK((i >= 1000 || use == node::TopicCache::Use::replace));
    hits += use == node::TopicCache::Use::hit;
  }
  CHECK(hits > 980);
}

TEST_CASE("an entry of the topic cache has what was put there last") {
  node::TopicCache cache;
  std::vector<std::string> others(node::TopicCache::size);  // as JavaScript keeps them
  for (int i = 0; i < 100'000; i++) {
    const std::string topic = std::to_string(int64_t{i} * i % 30'011);
    const auto [use, entry] = cache.look_up(topic);
    REQUIRE(use != node::TopicCache::Use::none);
    if (use == node::TopicCache::Use::replace) others[entry] = topic;
    REQUIRE(others[entry] == topic);
  }
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
  fixture.inbox.completed(9, {.token = 1, .identifier = 0, .refusal = -5});
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

TEST_CASE("payloads stay in memory that can be held") {
  Fixture fixture;
  const auto block = std::make_shared<std::byte[]>(10'000);
  const wire::BytesView memory{block.get(), 10'000};
  const auto elsewhere = std::make_shared<std::byte[]>(5000);
  put(fixture.inbox, 1, "t", memory.subspan(100, 2000), block);
  put(fixture.inbox, 1, "t", memory.subspan(2200, 3000), block);
  put(fixture.inbox, 1, "t", {elsewhere.get(), 5000}, elsewhere);
  put(fixture.inbox, 1, "t", memory.subspan(6000, 4000), block);
  const auto slab = fixture.inbox.take();
  REQUIRE(slab->held().size() == 3);
  CHECK(slab->held()[0].begin == block.get() + 100);
  CHECK(slab->held()[0].size == 5100);
  CHECK(slab->held()[1].begin == elsewhere.get());
  CHECK(slab->held()[2].begin == block.get() + 6000);
  CHECK(block.use_count() == 3);
  const wire::Bytes got(slab->bytes().begin() + 36, slab->bytes().begin() + 68);
  CHECK(std::to_integer<int>(got[1]) == 0x51);  // QoS 1, cached, held
  CHECK(wire::Bytes(got.begin() + 20, got.end()) == bytes({0xB8, 0x0B, 0, 0, 0, 0, 0, 0, 0x34, 0x08, 0, 0}));
  CHECK(slab->weight() == slab->bytes().size() + 14'000 + 3 * Slab::around_payloads);
}

TEST_CASE("small payloads are copied from memory that could be held") {
  Fixture fixture;
  const auto block = std::make_shared<std::byte[]>(Inbox::least_held);
  put(fixture.inbox, 1, "t", {block.get(), Inbox::least_held - 1}, block);
  CHECK(block.use_count() == 1);
  put(fixture.inbox, 1, "t", {block.get(), Inbox::least_held}, block);
  CHECK(block.use_count() == 2);
}

TEST_CASE("the bell rings once, and again when it has been armed again") {
  Fixture fixture;
  const auto put_and_announce = [&fixture] {
    put(fixture.inbox, 1, "t", 1);
    fixture.inbox.announce();
  };
  put_and_announce();
  put_and_announce();
  CHECK(fixture.rings == 1);
  CHECK_FALSE(fixture.inbox.rearm());
  CHECK(fixture.inbox.take());
  put_and_announce();
  CHECK(fixture.rings == 1);
  CHECK(fixture.inbox.take());
  CHECK(fixture.inbox.rearm());
  put_and_announce();
  CHECK(fixture.rings == 2);
}

TEST_CASE("messages and completions wait for the announcement, unless they are many") {
  Fixture fixture;
  put(fixture.inbox, 1, "t", 1);
  fixture.inbox.completed(1, {.token = 1, .identifier = 0});
  CHECK(fixture.rings == 0);
  fixture.inbox.announce();
  CHECK(fixture.rings == 1);
  while (fixture.inbox.take()) {
  }
  CHECK(fixture.inbox.rearm());
  for (uint32_t i = 0; i < Inbox::many_messages - 1; i++) put(fixture.inbox, 1, "t", 1);
  CHECK(fixture.rings == 1);
  put(fixture.inbox, 1, "t", 1);
  CHECK(fixture.rings == 2);
  while (fixture.inbox.take()) {
  }
  CHECK(fixture.inbox.rearm());
  for (uint32_t i = 0; i < Inbox::many_completions - 1; i++)
    fixture.inbox.completed(1, {.token = i, .identifier = 0});
  CHECK(fixture.rings == 2);
  fixture.inbox.completed(1, {.token = Inbox::many_completions, .identifier = 0});
  CHECK(fixture.rings == 3);
}

TEST_CASE("messages that are few, but large, do not wait for the announcement either") {
  Fixture fixture;
  put(fixture.inbox, 1, "t", Inbox::many_bytes / 2);
  CHECK(fixture.rings == 0);
  put(fixture.inbox, 1, "t", Inbox::many_bytes / 2);
  CHECK(fixture.rings == 1);
}

TEST_CASE("what has been taken before the announcement is not rung for") {
  Fixture fixture;
  put(fixture.inbox, 1, "t", 1);
  CHECK(fixture.inbox.take());
  CHECK(fixture.inbox.rearm());
  fixture.inbox.announce();
  CHECK(fixture.rings == 0);
}

TEST_CASE("what ends a connection, or is traced, rings at once, for what came before it too") {
  Fixture fixture;
  put(fixture.inbox, 1, "t", 1);
  fixture.inbox.ended(1, Slab::Kind::closed, nullptr);
  CHECK(fixture.rings == 1);
  CHECK(fixture.inbox.take()->events() == 2);
  CHECK(fixture.inbox.rearm());
  fixture.inbox.announce();
  CHECK(fixture.rings == 1);
  fixture.inbox.trace("abc");
  CHECK(fixture.rings == 2);
}

TEST_CASE("portions are bounded by records and by bytes") {
  Fixture fixture;
  for (size_t i = 0; i < Inbox::portion_events + 1; i++) put(fixture.inbox, 1, "t", 1);
  CHECK(fixture.inbox.take()->events() == Inbox::portion_events);
  CHECK(fixture.inbox.take()->events() == 1);
  for (int i = 0; i < 100; i++) put(fixture.inbox, 1, "t", 10'000);
  CHECK(fixture.inbox.take()->weight() < Inbox::portion_bytes + 11'000);
}

TEST_CASE("above the high water mark the inbox is congested until it is below the low one") {
  Fixture fixture;
  const size_t size = 1024 * 1024;
  for (size_t i = 0; i < Inbox::high_water / size + 1; i++) put(fixture.inbox, 1, "t", size);
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
  put(fixture.inbox, 1, "t", 1);
  fixture.inbox.announce();
  CHECK(fixture.rings == 0);
  CHECK_FALSE(fixture.inbox.take());
}

TEST_CASE("nor for what was put before it was closed") {
  Fixture fixture;
  put(fixture.inbox, 1, "t", 1);
  fixture.inbox.close();
  fixture.inbox.announce();
  CHECK(fixture.rings == 0);
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
  put(fixture.inbox, 1, "t", 1);
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

TEST_CASE("the queue is quiet while all events are taken at once") {
  Fixture fixture;
  CHECK(fixture.inbox.is_quiet());
  for (size_t i = 0; i < Inbox::portion_events; i++) put(fixture.inbox, 1, "t", 1);
  (void)fixture.inbox.take();
  CHECK(fixture.inbox.is_quiet());
  for (size_t i = 0; i <= Inbox::portion_events; i++) put(fixture.inbox, 1, "t", 1);
  (void)fixture.inbox.take();
  CHECK_FALSE(fixture.inbox.is_quiet());
  put(fixture.inbox, 1, "t", 1);
  (void)fixture.inbox.take();
  CHECK(fixture.inbox.is_quiet());
}
