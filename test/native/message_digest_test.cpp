#include <doctest/doctest.h>

#include <set>

#include "bytes.hpp"
#include "mqtt/received_qos2_ids.hpp"

using mqtt_native::mqtt::Bytes;
using mqtt_native::mqtt::MessageDigest;
using mqtt_native::test::text;

TEST_CASE("messages that differ in any byte, or in length, have different digests") {
  const MessageDigest digest;
  const Bytes topic = text("topic");
  std::set<uint64_t> digests;
  size_t messages = 0;
  for (const size_t size : {0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 1'000, 4'096}) {
    Bytes payload(size);
    digests.insert(digest.of(topic, payload));
    messages++;
    for (size_t index = 0; index < size; index++) {
      payload[index] = std::byte{1};
      digests.insert(digest.of(topic, payload));
      messages++;
      payload[index] = std::byte{0};
    }
  }
  CHECK(digests.size() == messages);
}

TEST_CASE("messages with the same bytes, divided otherwise into topic and payload, have different digests") {
  const MessageDigest digest;
  CHECK(digest.of(text("ab"), text("c")) != digest.of(text("a"), text("bc")));
  CHECK(digest.of(text("abc"), {}) != digest.of(text("ab"), text("c")));
}

TEST_CASE("equal messages have equal digests, which depend on the key") {
  const MessageDigest one;
  const MessageDigest other;
  CHECK(one.of(text("t"), text("p")) == one.of(text("t"), text("p")));
  CHECK(one.of(text("t"), text("p")) != other.of(text("t"), text("p")));
}
