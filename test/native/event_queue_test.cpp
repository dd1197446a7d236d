#include "node/event_queue.hpp"

#include <doctest/doctest.h>

#include <cstring>

#include "bytes.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using node::EventBatch;
using node::EventQueue;

namespace {

/** Adds a message whose payload lies in this memory, if there is any. */
void put(EventQueue& event_queue, uint32_t client, std::string_view topic, mqtt::BytesView payload,
         const base::SharedBytes& memory = {}) {
  event_queue.message(client, {.topic = topic,
                               .properties = {},
                               .payload = payload,
                               .memory = memory,
                               .identifier = 7,
                               .qos = 1,
                               .retain = false,
                               .duplicate = false});
}

void put(EventQueue& event_queue, uint32_t client, std::string_view topic, size_t size) {
  put(event_queue, client, topic, mqtt::Bytes(size, std::byte{'x'}));
}

struct Fixture {
  int wakes = 0;
  int resumed = 0;
  EventQueue event_queue{EventQueue::Notice{.wake = [this] { wakes++; }, .resume = [this] { resumed++; }}};
};

}  // namespace

TEST_CASE("the bytes of a message record") {
  Fixture fixture;
  put(fixture.event_queue, 3, "a/b", 2);
  const auto batch = fixture.event_queue.take();
  REQUIRE(batch);
  mqtt::Bytes got(batch->bytes().begin(), batch->bytes().end());
  got[2] = got[3] = std::byte{};  // the cache entry depends
  CHECK(got == bytes({1, 0x21, 0, 0, 3, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0}) +
                   text("a/bxx") + bytes({0, 0, 0}));
}

TEST_CASE("a batch knows whether it contains an answer") {
  Fixture fixture;
  const auto has_answers = [&fixture] {
    const auto batch = fixture.event_queue.take();
    REQUIRE(batch);
    return batch->has_answers();
  };
  fixture.event_queue.completed(1, {.token = 1, .count = 2, .identifier = 0});
  fixture.event_queue.trace("line");
  CHECK(!has_answers());
  fixture.event_queue.completed(1, {.token = 3, .identifier = 0});
  fixture.event_queue.completed(1, {.token = 4, .identifier = 1});
  CHECK(has_answers());
  put(fixture.event_queue, 1, "topic", 1);
  CHECK(has_answers());
  fixture.event_queue.ended(1, EventBatch::Kind::closed, nullptr);
  CHECK(has_answers());
}

TEST_CASE("a woken thread may take the events at once") {
  EventQueue* event_queue = nullptr;
  size_t taken = 0;
  EventQueue ringing({.wake =
                          [&] {
                            while (const auto batch = event_queue->take()) taken += batch->events();
                            event_queue->rearm();
                          },
                      .resume = [] {}});
  event_queue = &ringing;
  put(ringing, 1, "topic", 1);
  ringing.notify();
  for (uint32_t token = 1; token <= EventQueue::completion_threshold; token++)
    ringing.completed(1, {.token = token, .identifier = 1});
  ringing.packet(1, EventBatch::Kind::connected, bytes({0x20, 2, 0, 0}));
  ringing.ended(1, EventBatch::Kind::closed, nullptr);
  ringing.trace("line");
  CHECK(taken == 1 + EventQueue::completion_threshold + 3);
}

TEST_CASE("a repeated topic is transferred once") {
  Fixture fixture;
  put(fixture.event_queue, 1, "topic", 1);
  put(fixture.event_queue, 1, "topic", 1);
  const auto batch = fixture.event_queue.take();
  CHECK(batch->bytes().size() == (24 + 8) + (24 + 4));
  CHECK(std::to_integer<int>(batch->bytes()[32 + 1]) == 0x11);  // QoS 1, cached
  CHECK(batch->bytes()[2] == batch->bytes()[32 + 2]);
}

TEST_CASE("nearly all of a thousand alternating topics are transferred once") {
  node::TopicCache cache;
  int hits = 0;
  for (int i = 0; i < 2000; i++) {
    const auto use = cache.look_up("a/topic/" + std::to_string(i % 1000)).use;
    CHECK((i >= 1000 || use == node::TopicCache::Use::replace));
    hits += use == node::TopicCache::Use::hit;
  }
  CHECK(hits > 980);
}

TEST_CASE("an entry of the topic cache has its latest topic") {
  node::TopicCache cache;
  std::vector<std::string> others(node::TopicCache::size);  // as JavaScript stores them
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
  fixture.event_queue.completed(9, {.token = 4, .identifier = 0});
  fixture.event_queue.completed(9, {.token = 5, .count = 2, .identifier = 0});
  fixture.event_queue.completed(9, {.token = 8, .identifier = 0});
  fixture.event_queue.completed(9, {.token = 9, .identifier = 2});
  fixture.event_queue.completed(8, {.token = 10, .identifier = 0});
  const auto batch = fixture.event_queue.take();
  CHECK(batch->events() == 6);
  const mqtt::BytesView first = batch->bytes().first(24);
  CHECK(mqtt::Bytes(first.begin(), first.end()) ==
        bytes({2, 0, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_CASE("the completion of a refused operation has a record of its own") {
  Fixture fixture;
  fixture.event_queue.completed(9, {.token = 1, .identifier = 0, .refusal = -5});
  fixture.event_queue.completed(9, {.token = 2, .identifier = 0});
  CHECK(fixture.event_queue.take()->bytes().size() == 48);
}

TEST_CASE("a completion without an answer has a failure code, and a record of its own") {
  using session::Outcome;
  const auto code = [](const session::Completion& completion) {
    Fixture fixture;
    fixture.event_queue.completed(1, completion);
    fixture.event_queue.completed(1, {.token = completion.token + 1, .identifier = 0});
    const auto batch = fixture.event_queue.take();
    CHECK(batch->bytes().size() == 2 * EventBatch::header_size);
    return mqtt::byte_at(batch->bytes(), 3) << 8 | mqtt::byte_at(batch->bytes(), 2);
  };
  session::Completion completion{.token = 5, .identifier = 0, .outcome = Outcome::session_lost};
  completion.was_sent = true;
  CHECK(code(completion) == 0xFF00);
  completion.outcome = Outcome::expired;
  CHECK(code(completion) == 0xFF02);
  completion.outcome = Outcome::refused;
  completion.reason_code = 0x95;
  CHECK(code(completion) == 0xFD95);
  completion.was_sent = false;
  CHECK(code(completion) == 0xFE95);
  completion.outcome = Outcome::expired;
  CHECK(code(completion) == 0xFF01);
}

TEST_CASE("an end has its code, its text and the broker's last packet") {
  Fixture fixture;
  const mqtt::CloseReason reason{{"CODE", "text"}, 0x8D, bytes({0xE0, 0})};
  fixture.event_queue.ended(1, EventBatch::Kind::closed, &reason);
  fixture.event_queue.ended(1, EventBatch::Kind::closed, nullptr);
  const auto batch = fixture.event_queue.take();
  const mqtt::Bytes got(batch->bytes().begin(), batch->bytes().end());
  CHECK(got == bytes({5, 0, 0, 0, 1, 0, 0, 0, 0x8D, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0}) +
                   text("CODEtext") + bytes({0xE0, 0, 0, 0}) +
                   bytes({5, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST_CASE("payloads stay in memory that can be held") {
  Fixture fixture;
  const auto block = std::make_shared<std::byte[]>(10'000);
  const mqtt::BytesView memory{block.get(), 10'000};
  const auto elsewhere = std::make_shared<std::byte[]>(5000);
  put(fixture.event_queue, 1, "t", memory.subspan(100, 2000), block);
  put(fixture.event_queue, 1, "t", memory.subspan(2200, 3000), block);
  put(fixture.event_queue, 1, "t", {elsewhere.get(), 5000}, elsewhere);
  put(fixture.event_queue, 1, "t", memory.subspan(6000, 4000), block);
  const auto batch = fixture.event_queue.take();
  REQUIRE(batch->held().size() == 3);
  CHECK(batch->held()[0].begin == block.get() + 100);
  CHECK(batch->held()[0].size == 5100);
  CHECK(batch->held()[1].begin == elsewhere.get());
  CHECK(batch->held()[2].begin == block.get() + 6000);
  CHECK(block.use_count() == 3);
  const mqtt::Bytes got(batch->bytes().begin() + 36, batch->bytes().begin() + 68);
  CHECK(std::to_integer<int>(got[1]) == 0x51);  // QoS 1, cached, held
  CHECK(mqtt::Bytes(got.begin() + 20, got.end()) == bytes({0xB8, 0x0B, 0, 0, 0, 0, 0, 0, 0x34, 0x08, 0, 0}));
  CHECK(batch->weight() == batch->bytes().size() + 14'000 + 3 * EventBatch::around_payloads);
}

TEST_CASE("small payloads are copied from memory that could be held") {
  Fixture fixture;
  const auto block = std::make_shared<std::byte[]>(EventQueue::min_held_size);
  put(fixture.event_queue, 1, "t", {block.get(), EventQueue::min_held_size - 1}, block);
  CHECK(block.use_count() == 1);
  put(fixture.event_queue, 1, "t", {block.get(), EventQueue::min_held_size}, block);
  CHECK(block.use_count() == 2);
}

TEST_CASE("the loop is woken once, and again after it has been rearmed") {
  Fixture fixture;
  const auto put_and_announce = [&fixture] {
    put(fixture.event_queue, 1, "t", 1);
    fixture.event_queue.notify();
  };
  put_and_announce();
  put_and_announce();
  CHECK(fixture.wakes == 1);
  CHECK_FALSE(fixture.event_queue.rearm());
  CHECK(fixture.event_queue.take());
  put_and_announce();
  CHECK(fixture.wakes == 1);
  CHECK(fixture.event_queue.take());
  CHECK(fixture.event_queue.rearm());
  put_and_announce();
  CHECK(fixture.wakes == 2);
}

TEST_CASE("messages and completions wait for the notification below the thresholds") {
  Fixture fixture;
  put(fixture.event_queue, 1, "t", 1);
  fixture.event_queue.completed(1, {.token = 1, .identifier = 0});
  CHECK(fixture.wakes == 0);
  fixture.event_queue.notify();
  CHECK(fixture.wakes == 1);
  while (fixture.event_queue.take()) {
  }
  CHECK(fixture.event_queue.rearm());
  for (uint32_t i = 0; i < EventQueue::message_threshold - 1; i++) put(fixture.event_queue, 1, "t", 1);
  CHECK(fixture.wakes == 1);
  put(fixture.event_queue, 1, "t", 1);
  CHECK(fixture.wakes == 2);
  while (fixture.event_queue.take()) {
  }
  CHECK(fixture.event_queue.rearm());
  for (uint32_t i = 0; i < EventQueue::completion_threshold - 1; i++)
    fixture.event_queue.completed(1, {.token = i, .identifier = 0});
  CHECK(fixture.wakes == 2);
  fixture.event_queue.completed(1, {.token = EventQueue::completion_threshold, .identifier = 0});
  CHECK(fixture.wakes == 3);
}

TEST_CASE("a few large messages do not wait for the notification") {
  Fixture fixture;
  put(fixture.event_queue, 1, "t", EventQueue::byte_threshold / 2);
  CHECK(fixture.wakes == 0);
  put(fixture.event_queue, 1, "t", EventQueue::byte_threshold / 2);
  CHECK(fixture.wakes == 1);
}

TEST_CASE("events that were taken before the notification cause no wake-up") {
  Fixture fixture;
  put(fixture.event_queue, 1, "t", 1);
  CHECK(fixture.event_queue.take());
  CHECK(fixture.event_queue.rearm());
  fixture.event_queue.notify();
  CHECK(fixture.wakes == 0);
}

TEST_CASE("an end or a trace line wakes the loop at once, for earlier events too") {
  Fixture fixture;
  put(fixture.event_queue, 1, "t", 1);
  fixture.event_queue.ended(1, EventBatch::Kind::closed, nullptr);
  CHECK(fixture.wakes == 1);
  CHECK(fixture.event_queue.take()->events() == 2);
  CHECK(fixture.event_queue.rearm());
  fixture.event_queue.notify();
  CHECK(fixture.wakes == 1);
  fixture.event_queue.trace("abc");
  CHECK(fixture.wakes == 2);
}

TEST_CASE("batches are bounded by records and by bytes") {
  Fixture fixture;
  for (size_t i = 0; i < EventQueue::portion_events + 1; i++) put(fixture.event_queue, 1, "t", 1);
  CHECK(fixture.event_queue.take()->events() == EventQueue::portion_events);
  CHECK(fixture.event_queue.take()->events() == 1);
  for (int i = 0; i < 100; i++) put(fixture.event_queue, 1, "t", 10'000);
  CHECK(fixture.event_queue.take()->weight() < EventQueue::portion_bytes + 11'000);
}

TEST_CASE("above the high water mark the event queue pauses reading until it is below the low one") {
  Fixture fixture;
  const size_t size = 1024 * 1024;
  for (size_t i = 0; i < EventQueue::high_water / size + 1; i++) put(fixture.event_queue, 1, "t", size);
  CHECK(*fixture.event_queue.paused());
  while (fixture.event_queue.take()) {
    if (fixture.resumed == 0) CHECK(*fixture.event_queue.paused());
  }
  CHECK_FALSE(*fixture.event_queue.paused());
  CHECK(fixture.resumed == 1);
}

TEST_CASE("a closed event queue accepts no events and wakes no thread") {
  Fixture fixture;
  fixture.event_queue.close();
  put(fixture.event_queue, 1, "t", 1);
  fixture.event_queue.notify();
  CHECK(fixture.wakes == 0);
  CHECK_FALSE(fixture.event_queue.take());
}

TEST_CASE("a closed event queue wakes no thread for earlier events") {
  Fixture fixture;
  put(fixture.event_queue, 1, "t", 1);
  fixture.event_queue.close();
  fixture.event_queue.notify();
  CHECK(fixture.wakes == 0);
}

TEST_CASE("the bytes of a line of trace") {
  Fixture fixture;
  fixture.event_queue.trace("abc");
  const auto batch = fixture.event_queue.take();
  REQUIRE(batch);
  CHECK(mqtt::Bytes(batch->bytes().begin(), batch->bytes().end()) ==
        bytes({7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) + text("abc") +
            bytes({0}));
}

TEST_CASE("trace lines yield to events, and dropped lines are counted") {
  Fixture fixture;
  const std::string line(1000, 'x');
  for (int i = 0; i < 1000; i++) fixture.event_queue.trace(line);
  put(fixture.event_queue, 1, "t", 1);
  size_t waiting = 0;
  while (const auto batch = fixture.event_queue.take()) waiting += batch->bytes().size();
  CHECK(waiting < EventQueue::trace_limit + 2048);
  fixture.event_queue.trace("more");
  const auto batch = fixture.event_queue.take();
  REQUIRE(batch);
  uint32_t dropped = 0;
  std::memcpy(&dropped, batch->bytes().data() + 8, sizeof dropped);
  CHECK(dropped == 1000 - waiting / (24 + line.size()));
}

TEST_CASE("the queue is quiet while all events are taken at once") {
  Fixture fixture;
  CHECK(fixture.event_queue.is_quiet());
  for (size_t i = 0; i < EventQueue::portion_events; i++) put(fixture.event_queue, 1, "t", 1);
  (void)fixture.event_queue.take();
  CHECK(fixture.event_queue.is_quiet());
  for (size_t i = 0; i <= EventQueue::portion_events; i++) put(fixture.event_queue, 1, "t", 1);
  (void)fixture.event_queue.take();
  CHECK_FALSE(fixture.event_queue.is_quiet());
  put(fixture.event_queue, 1, "t", 1);
  (void)fixture.event_queue.take();
  CHECK(fixture.event_queue.is_quiet());
}
