#include "session/outbox.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <ctime>
#include <string>

#include "bytes.hpp"

using namespace mqtt_native;
using mqtt::Bytes;
using mqtt_native::test::bytes;
using mqtt_native::test::text;
using session::CancelResult;
using session::Operation;
using session::Outbox;

namespace {

constexpr std::string_view topic = "t";

Operation publish(uint32_t token, mqtt::BytesView payload) {
  return {.qos = 1, .token = token, .topics = topic, .payload = payload};
}

/** Takes all operations and returns their tokens, oldest first. */
std::vector<uint32_t> drain(Outbox& outbox) {
  std::vector<uint32_t> tokens;
  while (const Operation* operation = outbox.front()) {
    tokens.push_back(operation->token);
    outbox.pop();
  }
  return tokens;
}

size_t peak_kibibytes() {
  rusage usage{};
  REQUIRE(::getrusage(RUSAGE_SELF, &usage) == 0);
  return static_cast<size_t>(usage.ru_maxrss);
}

}  // namespace

TEST_CASE("an operation is returned unchanged") {
  const Bytes options = bytes({1, 2});
  const Bytes payload = text("payload");
  const Bytes properties = bytes({0});
  Outbox outbox;
  outbox.append({.kind = Operation::Kind::subscribe, .token = 1, .topics = topic, .options = options});
  outbox.append(
      {.qos = 2, .retain = true, .token = 2, .topics = topic, .payload = payload, .properties = properties});
  const Operation* subscribe = outbox.front();
  REQUIRE(subscribe != nullptr);
  CHECK(subscribe->kind == Operation::Kind::subscribe);
  CHECK(subscribe->topics == topic);
  CHECK(std::ranges::equal(subscribe->options, options));
  outbox.pop();
  const Operation* publish = outbox.front();
  REQUIRE(publish != nullptr);
  CHECK(publish->qos == 2);
  CHECK(publish->retain);
  CHECK(std::ranges::equal(publish->payload, payload));
  CHECK(std::ranges::equal(publish->properties, properties));
  outbox.pop();
  CHECK(outbox.empty());
}

TEST_CASE("operations of any size keep their order") {
  Outbox outbox;
  std::vector<uint32_t> expected;
  uint32_t token = 0;
  for (const size_t size : {0, 15'000, 2'000, 100'000, 500'000, 10, 2'000'000, 1, 300'000, 300'000}) {
    expected.push_back(++token);
    outbox.append(publish(token, Bytes(size)));
  }
  CHECK(outbox.size() == expected.size());
  CHECK(drain(outbox) == expected);
  CHECK(outbox.size() == 0);
}

TEST_CASE("the operations of a batch stay valid while others are added and removed") {
  const Bytes payload(1000, std::byte{'x'});
  Outbox outbox;
  outbox.append(publish(1, payload));
  outbox.append(publish(2, payload));
  Outbox::Batch batch;
  outbox.take(batch);
  outbox.take(batch);
  outbox.clear();
  for (uint32_t token = 3; token < 1000; token++) outbox.append(publish(token, Bytes(1000)));
  REQUIRE(batch.operations.size() == 2);
  for (const Operation& operation : batch.operations) CHECK(std::ranges::equal(operation.payload, payload));
}

TEST_CASE("any queued operation can be cancelled, once") {
  Outbox outbox;
  for (uint32_t token = 1; token <= 6; token++) outbox.append(publish(token, {}));
  outbox.front();
  outbox.pop();
  CHECK(outbox.cancel(1) == CancelResult::not_queued);  // it has been taken
  CHECK(outbox.cancel(2) == CancelResult::unsent);      // the oldest
  CHECK(outbox.cancel(4) == CancelResult::unsent);
  CHECK(outbox.cancel(4) == CancelResult::not_queued);
  CHECK(outbox.size() == 3);
  CHECK(outbox.cancel(6) == CancelResult::unsent);
  CHECK(outbox.size() == 2);
  CHECK(drain(outbox) == std::vector<uint32_t>{3, 5});
  CHECK(outbox.cancel(5) == CancelResult::not_queued);
  CHECK(outbox.cancel(7) == CancelResult::not_queued);
}

TEST_CASE("operations of any size stay unchanged when later ones are cancelled") {
  const Bytes large(3'000'000, std::byte{'l'}), small(100, std::byte{'s'});
  Outbox outbox;
  outbox.append(publish(1, small));
  outbox.append(publish(2, large));
  outbox.append(publish(3, small));
  outbox.append(publish(4, large));
  for (uint32_t token = 5; token < 50; token++) outbox.append(publish(token, small));
  for (uint32_t token = 5; token < 50; token++) CHECK(outbox.cancel(token) == CancelResult::unsent);
  CHECK(outbox.size() == 4);
  for (uint32_t token = 1; token <= 4; token++) {
    const Operation* operation = outbox.front();
    REQUIRE(operation != nullptr);
    CHECK(operation->token == token);
    CHECK(std::ranges::equal(operation->payload, token % 2 == 0 ? large : small));
    outbox.pop();
  }
}

TEST_CASE("tokens ascend also past the largest number") {
  Outbox outbox;
  outbox.append(publish(0xFFFF'FFFF, {}));
  outbox.append(publish(0, {}));
  CHECK(outbox.cancel(0) == CancelResult::unsent);
  CHECK(drain(outbox) == std::vector<uint32_t>{0xFFFF'FFFF});
}

TEST_CASE("a cancelled operation behind a queued one does not keep its memory") {
  constexpr size_t size = 100'000;
  constexpr uint32_t count = 5'000;  // half a gigabyte
  const Bytes payload(size);
  Outbox outbox;
  outbox.append(publish(1, {}));
  const size_t before = peak_kibibytes();
  for (uint32_t token = 2; token < count; token++) {
    outbox.append(publish(token, payload));
    REQUIRE(outbox.cancel(token) == CancelResult::unsent);
  }
  CHECK(peak_kibibytes() - before < 64 * 1024);
  CHECK(drain(outbox) == std::vector<uint32_t>{1});
}

TEST_CASE("operations that were sent before come first, in the order of their tokens") {
  const Bytes large(600'000, std::byte{'l'}), small(100, std::byte{'s'});
  for (const bool front_was_read : {false, true}) {
    Outbox outbox;
    outbox.append(publish(0xFFFF'FFFE, small));
    outbox.append(publish(1, large));
    outbox.append(publish(4, small));
    if (front_was_read) CHECK(outbox.front()->token == 0xFFFF'FFFE);
    std::vector<Operation> returned{publish(0xFFFF'FFFF, small), publish(0, large), publish(2, small)};
    for (Operation& operation : returned) operation.was_sent = true;
    outbox.insert(returned);
    outbox.append(publish(5, small));
    CHECK(outbox.size() == 7);
    CHECK(outbox.cancel(0) == CancelResult::sent_before);
    CHECK(outbox.cancel(4) == CancelResult::unsent);
    CHECK(outbox.cancel(3) == CancelResult::not_queued);
    std::vector<uint32_t> sent_before;
    std::vector<uint32_t> tokens;
    while (const Operation* operation = outbox.front()) {
      tokens.push_back(operation->token);
      if (operation->was_sent) sent_before.push_back(operation->token);
      CHECK(std::ranges::equal(operation->payload, operation->token == 1 ? large : small));
      outbox.pop();
    }
    CHECK(tokens == std::vector<uint32_t>{0xFFFF'FFFE, 0xFFFF'FFFF, 1, 2, 5});
    CHECK(sent_before == std::vector<uint32_t>{0xFFFF'FFFF, 2});
  }
}

TEST_CASE("the bytes of queued publishes are counted exactly") {
  const Bytes payload(1'000), properties = bytes({2, 1, 1}), options = bytes({0});
  Outbox outbox;
  for (uint32_t token = 1; token <= 10; token++) {
    Operation operation = publish(token, payload);
    operation.properties = properties;
    outbox.append(operation);
  }
  outbox.append({.kind = Operation::Kind::subscribe, .token = 11, .topics = topic, .options = options});
  constexpr size_t each = 1 + 1'000 + 3;
  CHECK(outbox.publish_bytes() == 10 * each);
  outbox.front();
  outbox.pop();
  outbox.front();
  CHECK(outbox.cancel(2) == CancelResult::unsent);
  for (uint32_t token = 10; token > 3; token--) CHECK(outbox.cancel(token) == CancelResult::unsent);
  CHECK(outbox.publish_bytes() == each);
  CHECK(outbox.cancel(11) == CancelResult::unsent);
  outbox.insert({publish(1, payload)});
  CHECK(outbox.publish_bytes() == each + 1'001);
  CHECK(drain(outbox) == std::vector<uint32_t>{1, 3});
  CHECK(outbox.publish_bytes() == 0);
}

TEST_CASE("a hundred thousand queued operations are cancelled in a moment") {
  constexpr uint32_t count = 100'000;
  Outbox outbox;
  for (uint32_t token = 0; token < 2 * count; token++) outbox.append(publish(token, {}));
  // Processor time, which does not depend on what else the machine does. A search from the front takes a
  // minute.
  const std::clock_t begin = std::clock();
  for (uint32_t token = 0; token < count; token++) REQUIRE(outbox.cancel(token) == CancelResult::unsent);
  CHECK(std::clock() - begin < 5 * CLOCKS_PER_SEC);
  CHECK(outbox.size() == count);
}
