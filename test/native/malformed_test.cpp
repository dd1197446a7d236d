// A session ends in order, whatever the broker sends. These tests send each truncation and many mutations of
// each packet of a broker, over real sockets and through Paho.

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "mqtt/packet.hpp"
#include "session_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::SessionFixture;
using mqtt_native::test::TestPeer;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;
using mqtt::Protocol;

namespace {

Bytes packet(int first_byte, const Bytes& body) {
  Bytes result = bytes({first_byte});
  mqtt::append_variable(result, body.size());
  return std::move(result) + body;
}

Bytes string(std::string_view value) {
  return bytes({0, static_cast<int>(value.size())}) + text(value);
}

Bytes properties(const Bytes& values) {
  return bytes({static_cast<int>(values.size())}) + values;
}

/** CONNECT with an authentication method "m", a topic alias maximum of 2 and a receive maximum of 2. */
Bytes connect_packet(Protocol protocol) {
  if (protocol != Protocol::v5) return packet(0x10, string("MQTT") + bytes({4, 2, 0, 60}) + string("client"));
  const Bytes limits = bytes({0x15}) + string("m") + bytes({0x22, 0, 2, 0x21, 0, 2});
  return packet(0x10, string("MQTT") + bytes({5, 2, 0, 60}) + properties(limits) + string("client"));
}

struct Sample {
  const char* name;
  Bytes bytes;
};

const Bytes reason = bytes({0x1F}) + string("why");
const Bytes user = bytes({0x26}) + string("k") + string("v");

/** A sample of each packet that a connected broker may send, with all optional fields. */
std::vector<Sample> samples(Protocol protocol) {
  if (protocol != Protocol::v5)
    return {{"PUBLISH 0", packet(0x31, string("topic") + text("payload"))},
            {"PUBLISH 1", packet(0x32, string("t") + bytes({0, 7}) + text("p"))},
            {"PUBLISH 2", packet(0x34, string("t") + bytes({0, 7}) + text("p"))},
            {"PUBACK", packet(0x40, bytes({0, 1}))},
            {"PUBREC", packet(0x50, bytes({0, 2}))},
            {"PUBREL", packet(0x62, bytes({0, 7}))},
            {"PUBCOMP", packet(0x70, bytes({0, 2}))},
            {"SUBACK", packet(0x90, bytes({0, 3, 1, 2}))},
            {"UNSUBACK", packet(0xB0, bytes({0, 4}))},
            {"PINGRESP", packet(0xD0, {})}};
  const Bytes content = bytes({0x01, 1, 0x02, 0, 0, 0, 9, 0x03}) + string("c") + bytes({0x08}) + string("r") +
                        bytes({0x09}) + string("d") + bytes({0x0B, 0x81, 1}) + user;
  const Bytes acknowledged = bytes({0x10}) + properties(reason + user);
  return {{"PUBLISH 0", packet(0x31, string("topic") + properties(content) + text("payload"))},
          {"PUBLISH 1", packet(0x32, string("t") + bytes({0, 7}) + properties(user) + text("p"))},
          {"PUBLISH 2", packet(0x34, string("t") + bytes({0, 7, 0}) + text("p"))},
          {"PUBLISH with an alias", packet(0x30, string("t") + properties(bytes({0x23, 0, 1})) + text("p"))},
          {"PUBACK", packet(0x40, bytes({0, 1}) + acknowledged)},
          {"PUBREC", packet(0x50, bytes({0, 2}) + acknowledged)},
          {"PUBREL", packet(0x62, bytes({0, 7, 0}) + properties(reason))},
          {"PUBCOMP", packet(0x70, bytes({0, 2, 0}) + properties(reason))},
          {"SUBACK", packet(0x90, bytes({0, 3}) + properties(reason) + bytes({1, 0x87}))},
          {"UNSUBACK", packet(0xB0, bytes({0, 4}) + properties(user) + bytes({0, 0x11}))},
          {"PINGRESP", packet(0xD0, {})},
          {"DISCONNECT", packet(0xE0, bytes({0x8B}) + properties(reason + bytes({0x1C}) + string("s")))},
          {"AUTH", packet(0xF0, bytes({0x18}) + properties(bytes({0x15}) + string("m") + bytes({0x16}) +
                                                           string("data")))}};
}

/** A session that connects for each input. */
struct Fixture : SessionFixture {
  explicit Fixture(Protocol version) : protocol(version) {}

  [[nodiscard]] session::ConnectRequest request() const {
    return SessionFixture::request(protocol, connect_packet(protocol));
  }

  TestPeer begin() { return SessionFixture::begin(request()); }

  TestPeer connect() {
    return SessionFixture::connect(request(),
                                   packet(0x20, protocol == Protocol::v5 ? bytes({0, 0, 0}) : bytes({0, 0})));
  }

  /** Makes each acknowledgement expected: identifiers 1 to 4 of the session. */
  void occupy(TestPeer& peer) const {
    constexpr std::string_view filters("\0\1a\0\1b", 6);
    const Bytes options = bytes({1, 2});
    using Kind = session::Operation::Kind;
    session->submit({.qos = 1, .token = 1, .topics = "a"});
    session->submit({.qos = 2, .token = 2, .topics = "a"});
    session->submit({.kind = Kind::subscribe, .token = 3, .topics = filters, .options = options});
    session->submit({.kind = Kind::unsubscribe, .token = 4, .topics = filters});
    session->flush();
    for (int i = 0; i < 4; i++) REQUIRE(peer.read());
  }

  /** Sends these bytes and then the end to the session, which must end once and in order. */
  void hear(TestPeer& peer, const Bytes& heard) const {
    peer.write(heard);
    peer.finish_writing();
    for (;;) {
      const std::string event = events->next();
      if (event.starts_with("lost ")) break;
      check_delivery(event);
    }
    check_farewell(peer);
  }

  static void check_delivery(const std::string& event) {
    const bool expected = event.starts_with("message ") || event.starts_with("completed ") ||
                          event.starts_with("authentication ") || event.starts_with("deviation ");
    CHECK_MESSAGE(expected, event);
    if (!event.starts_with("message ")) return;
    const std::string topic = event.substr(8, event.rfind(' ') - 8);
    CHECK(mqtt::is_topic_name(std::as_bytes(std::span(topic))));
  }

  /** Checks the last packet to the broker, if there is one: a DISCONNECT with a fitting reason code. */
  void check_farewell(TestPeer& peer) const {
    const auto heard = peer.read_to_end();
    for (size_t i = 0; i < heard.size(); i++) {
      if (heard[i].front() != std::byte{0xE0}) continue;
      CHECK(protocol == Protocol::v5);
      CHECK(i + 1 == heard.size());
      constexpr std::array codes{0x81, 0x82, 0x93, 0x94, 0x95};
      CHECK(std::count(codes.begin(), codes.end(), std::to_integer<int>(heard[i].at(2))) == 1);
    }
  }

  const Protocol protocol;
};

/** Returns the mutations of a byte: each bit inverted, and the extremes. */
std::vector<std::byte> mutations_of(std::byte byte) {
  std::vector<std::byte> mutations;
  for (int bit = 0; bit < 8; bit++) mutations.push_back(byte ^ static_cast<std::byte>(1 << bit));
  for (const auto extreme : {std::byte{0}, std::byte{0xFF}})
    if (byte != extreme) mutations.push_back(extreme);
  return mutations;
}

constexpr std::array protocols{Protocol::v311, Protocol::v5};

}  // namespace

TEST_CASE("a truncated packet at the end is a lost connection") {
  for (const Protocol protocol : protocols) {
    Fixture fixture(protocol);
    for (const Sample& sample : samples(protocol)) {
      CAPTURE(sample.name);
      for (size_t size = 0; size < sample.bytes.size(); size++) {
        TestPeer peer = fixture.connect();
        peer.write({sample.bytes.begin(), sample.bytes.begin() + static_cast<ptrdiff_t>(size)});
        peer.finish_writing();
        CHECK(fixture.events->next() == "lost CONNECTION_LOST");
      }
    }
  }
}

TEST_CASE("a packet with too short a length is malformed, and none of it is delivered") {
  for (const Protocol protocol : protocols) {
    for (const Sample& sample : samples(protocol)) {
      if (sample.name == std::string_view("PUBLISH 0")) continue;  // its payload has any length
      CAPTURE(sample.name);
      for (size_t size = 2; size + 1 < sample.bytes.size(); size++) {
        Bytes cut(sample.bytes.begin(), sample.bytes.begin() + static_cast<ptrdiff_t>(size));
        cut[1] = static_cast<std::byte>(size - 2);
        Fixture fixture(protocol);
        TestPeer peer = fixture.connect();
        fixture.occupy(peer);
        fixture.hear(peer, cut);
      }
    }
  }
}

TEST_CASE("a mutation of any byte ends the session in order") {
  for (const Protocol protocol : protocols) {
    Fixture fixture(protocol);
    for (const Sample& sample : samples(protocol)) {
      CAPTURE(sample.name);
      for (size_t index = 0; index < sample.bytes.size(); index++) {
        for (const std::byte mutation : mutations_of(sample.bytes[index])) {
          Bytes mutated = sample.bytes;
          mutated[index] = mutation;
          CAPTURE(index);
          TestPeer peer = fixture.connect();
          fixture.hear(peer, mutated);
        }
      }
    }
  }
}

TEST_CASE("a mutation of any byte of a CONNACK ends the attempt") {
  for (const Protocol protocol : protocols) {
    Fixture fixture(protocol);
    const Bytes connack =
        protocol == Protocol::v5
            ? packet(0x20,
                     bytes({0, 0}) + properties(bytes({0x11, 0, 0, 0, 9, 0x13, 0, 9, 0x22, 0, 9, 0x24, 1}) +
                                                reason + user))
            : packet(0x20, bytes({0, 0}));
    for (size_t index = 0; index < connack.size(); index++) {
      for (const std::byte mutation : mutations_of(connack[index])) {
        Bytes mutated = connack;
        mutated[index] = mutation;
        CAPTURE(index);
        TestPeer peer = fixture.begin();
        peer.write(mutated);
        peer.finish_writing();
        std::string event = fixture.events->next();
        if (event == "connected") event = fixture.events->next();
        while (event.starts_with("authentication ")) event = fixture.events->next();
        CHECK_MESSAGE((event.starts_with("failed ") || event.starts_with("lost ")), event);
      }
    }
    for (size_t size = 0; size < connack.size(); size++) {
      TestPeer peer = fixture.begin();
      peer.write({connack.begin(), connack.begin() + static_cast<ptrdiff_t>(size)});
      peer.close();
      CHECK(fixture.events->next() == "failed CONNECTION_LOST");
    }
  }
}

TEST_CASE("the broker gets a DISCONNECT with the reason") {
  const Bytes publish2 = packet(0x34, string("t") + bytes({0, 7, 0}));
  const auto publish = [](const Bytes& values) { return packet(0x30, string("t") + properties(values)); };
  const auto acknowledgement = [](int first_byte, int identifier, int code) {
    return packet(first_byte, bytes({0, identifier, code, 0}));
  };
  struct Case {
    const char* what;
    Bytes heard;
    uint8_t reason_code;
  };
  const Case cases[] = {
      {"PUBACK with a code of SUBACK", acknowledgement(0x40, 1, 0x01), 0x81},
      {"PUBREC with a code of PUBREL", acknowledgement(0x50, 2, 0x92), 0x81},
      {"PUBREL with a code of PUBACK", acknowledgement(0x62, 7, 0x10), 0x81},
      {"PUBCOMP with a code of PUBACK", acknowledgement(0x70, 2, 0x87), 0x81},
      {"SUBACK with QoS 3", packet(0x90, bytes({0, 3, 0, 1, 3})), 0x81},
      {"UNSUBACK with a code of SUBACK", packet(0xB0, bytes({0, 4, 0, 1, 0})), 0x81},
      {"DISCONNECT with our own code", packet(0xE0, bytes({0x04})), 0x81},
      {"AUTH with our own code", packet(0xF0, bytes({0x19})), 0x81},
      {"PUBACK for identifier 0", packet(0x40, bytes({0, 0})), 0x81},
      {"SUBACK for identifier 0", packet(0x90, bytes({0, 0, 0, 0})), 0x81},
      {"DUP at QoS 0", packet(0x38, string("t") + bytes({0})), 0x81},
      {"a content type twice", publish(bytes({0x03}) + string("a") + bytes({0x03}) + string("a")), 0x82},
      {"a reason string twice", packet(0x40, bytes({0, 1, 0}) + properties(reason + reason)), 0x82},
      {"a user property that is not UTF-8", publish(bytes({0x26, 0, 1, 0xFF, 0, 0})), 0x81},
      {"a reason string with U+0000", packet(0x40, bytes({0, 1, 0, 4, 0x1F, 0, 1, 0})), 0x81},
      {"PUBCOMP before PUBREC", acknowledgement(0x70, 2, 0), 0x82},
      {"PUBACK for QoS 2 after PUBREC", acknowledgement(0x50, 2, 0) + acknowledgement(0x40, 2, 0), 0x82},
      {"PUBCOMP for QoS 1", acknowledgement(0x70, 1, 0), 0x82},
      {"SUBACK for UNSUBSCRIBE", packet(0x90, bytes({0, 4, 0, 0, 0})), 0x82},
      {"UNSUBACK for SUBSCRIBE", packet(0xB0, bytes({0, 3, 0, 0, 0})), 0x82},
      {"a second CONNACK", packet(0x20, bytes({0, 0, 0})), 0x82},
      {"AUTH unasked", packet(0xF0, bytes({0})), 0x82},
      {"CONNECT", packet(0x10, bytes({0})), 0x82},
      {"a reserved type", packet(0x00, {}), 0x82},
      {"an alias above the maximum", publish(bytes({0x23, 0, 3})), 0x94},
      {"an alias that means nothing", packet(0x30, bytes({0, 0, 3, 0x23, 0, 2})), 0x82},
      {"a third message of QoS 2, two being allowed",
       publish2 + packet(0x34, string("t") + bytes({0, 8, 0})) + packet(0x34, string("t") + bytes({0, 9, 0})),
       0x93},
      {"one of QoS 1 on top of two",
       publish2 + packet(0x34, string("t") + bytes({0, 8, 0})) + packet(0x32, string("t") + bytes({0, 9, 0})),
       0x93},
  };
  for (const auto& [what, heard, reason_code] : cases) {
    CAPTURE(what);
    Fixture fixture(Protocol::v5);
    TestPeer peer = fixture.connect();
    fixture.occupy(peer);
    peer.write(heard);
    const auto told = peer.read_to_end();
    REQUIRE_FALSE(told.empty());
    CHECK(told.back() == bytes({0xE0, 1, reason_code}));
    std::string event = fixture.events->next();
    while (event.starts_with("message ")) event = fixture.events->next();
    CHECK(event == "lost PROTOCOL_ERROR");
  }
}

TEST_CASE("a QoS 2 message is delivered once, however often and in any order its packets arrive") {
  const Bytes publish = packet(0x34, string("t") + bytes({0, 7, 0}));
  const Bytes again = packet(0x3C, string("t") + bytes({0, 7, 0}));
  const Bytes pubrel = packet(0x62, bytes({0, 7}));
  Fixture fixture(Protocol::v5);
  TestPeer peer = fixture.connect();
  peer.write(pubrel + publish + again + again + pubrel + pubrel + publish + pubrel);
  for (const int expected : {0x70, 0x50, 0x50, 0x50, 0x70, 0x70, 0x50, 0x70})
    CHECK(std::to_integer<int>(peer.read().value().front()) == expected);
  CHECK(fixture.events->next() == "message t 0");
  CHECK(fixture.events->next() == "message t 0");
  peer.close();
  CHECK(fixture.events->next() == "lost CONNECTION_LOST");
}
