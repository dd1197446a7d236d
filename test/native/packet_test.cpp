#include "mqtt/packet.hpp"

#include <doctest/doctest.h>

#include "bytes.hpp"
#include "mqtt/limits.hpp"
#include "mqtt/packet_checks.hpp"
#include "mqtt/properties.hpp"
#include "mqtt/publish.hpp"

using namespace mqtt_native::mqtt;
using mqtt_native::test::bytes;
using mqtt_native::test::operator+;

namespace {

HeaderState parse(const Bytes& packet, FixedHeader& header) {
  return parse_fixed_header(packet, header);
}

std::optional<ProtocolError> check(const Bytes& packet, Protocol protocol, bool connected = true) {
  FixedHeader header{};
  REQUIRE(parse(packet, header) == HeaderState::complete);
  const ClientLimits limits{.protocol = protocol};
  if (auto error = check_header(header, limits, connected)) return error;
  PublishFront front;
  if (header.type == PacketType::publish) return read_publish(packet, header, limits, front);
  return check_layout(packet, header, limits);
}

}  // namespace

TEST_CASE("a fixed header is read as soon as it is complete") {
  FixedHeader header{};
  CHECK(parse({}, header) == HeaderState::incomplete);
  CHECK(parse(bytes({0x30}), header) == HeaderState::incomplete);
  CHECK(parse(bytes({0x30, 0x80}), header) == HeaderState::incomplete);
  CHECK(parse(bytes({0x30, 0xFF, 0xFF, 0xFF, 0xFF}), header) == HeaderState::malformed);
  REQUIRE(parse(bytes({0x3D, 0xC1, 0x02}), header) == HeaderState::complete);
  CHECK(header.type == PacketType::publish);
  CHECK(header.flags == 0x0D);
  CHECK(header.header_size == 3);
  CHECK(header.body_size == 321);
  REQUIRE(parse(bytes({0x30, 0xFF, 0xFF, 0xFF, 0x7F}), header) == HeaderState::complete);
  CHECK(header.packet_size() == largest_packet);
}

TEST_CASE("properties are measured and searched") {
  // server keep alive 10, reason string "no", receive maximum 3, user property "a" = "b"
  const Bytes all =
      bytes({18, 0x13, 0, 10, 0x1F, 0, 2, 'n', 'o', 0x21, 0, 3, 0x26, 0, 1, 'a', 0, 1, 'b', 0xEE});
  CHECK(properties_size(all) == 19);
  CHECK(find_property(all, PropertyId::server_keep_alive) == 10);
  CHECK(find_property(all, PropertyId::receive_maximum) == 3);
  CHECK(find_property(bytes({0}), PropertyId::receive_maximum) == std::nullopt);
  CHECK(properties_size(bytes({0})) == 1);
  CHECK(properties_size({}) == std::nullopt);
  CHECK(properties_size(bytes({9, 0x21, 0, 1})) == std::nullopt);  // longer than the packet
  for (size_t size = 0; size < 19; size++) CHECK(properties_size(BytesView(all).first(size)) == std::nullopt);
}

TEST_CASE("properties that a broker may not send") {
  const auto reason = [](const Bytes& properties, PacketType packet = PacketType::publish) {
    const auto error = check_properties(properties, packet, ClientLimits{.protocol = Protocol::v5});
    return error ? int{error->reason_code} : 0;
  };
  CHECK(reason(bytes({0})) == 0);
  CHECK(reason(bytes({2, 0x01, 1})) == 0);
  CHECK(reason(bytes({4, 0x0B, 1, 0x0B, 2})) == 0);                       // may occur more than once
  CHECK(reason(bytes({2, 0x21, 0})) == malformed_packet);                 // truncated value
  CHECK(reason(bytes({3, 0x7F, 0, 0})) == malformed_packet);              // no such property
  CHECK(reason(bytes({3, 0x21, 0, 1})) == malformed_packet);              // not in PUBLISH
  CHECK(reason(bytes({4, 0x01, 1, 0x01, 1})) == protocol_error);          // occurs twice
  CHECK(reason(bytes({2, 0x01, 2})) == protocol_error);                   // a flag of 2
  CHECK(reason(bytes({2, 0x0B, 0})) == protocol_error);                   // identifier 0
  CHECK(reason(bytes({3, 0x23, 0, 1})) == topic_alias_invalid);           // none is allowed
  CHECK(reason(bytes({4, 0x08, 0, 1, '#'})) == protocol_error);           // response topic with a wildcard
  CHECK(reason(bytes({5, 0x03, 0, 2, 0xC3, 0x28})) == malformed_packet);  // not UTF-8
  CHECK(reason(bytes({3, 0x21, 0, 0}), PacketType::connack) == protocol_error);  // receive maximum 0
  CHECK(reason(bytes({5, 0x11, 0, 0, 0, 1}), PacketType::disconnect) == malformed_packet);
}

TEST_CASE("strings that MQTT allows") {
  CHECK(is_utf8({}));
  CHECK(is_utf8(bytes({'a', 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80})));
  CHECK_FALSE(is_utf8(bytes({0})));
  CHECK_FALSE(is_utf8(bytes({0x80})));
  CHECK_FALSE(is_utf8(bytes({0xC3})));
  CHECK_FALSE(is_utf8(bytes({0xC3, 0x28})));
  CHECK_FALSE(is_utf8(bytes({0xC0, 0x80})));              // overlong
  CHECK_FALSE(is_utf8(bytes({0xE0, 0x80, 0x80})));        // overlong
  CHECK_FALSE(is_utf8(bytes({0xED, 0xA0, 0x80})));        // a surrogate
  CHECK_FALSE(is_utf8(bytes({0xF4, 0x90, 0x80, 0x80})));  // beyond Unicode
  CHECK_FALSE(is_utf8(bytes({0xF8, 0x88, 0x80, 0x80, 0x80})));
  CHECK(is_topic_name(bytes({'a', '/', 'b'})));
  CHECK_FALSE(is_topic_name({}));
  CHECK_FALSE(is_topic_name(bytes({'a', '/', '#'})));
  CHECK_FALSE(is_topic_name(bytes({'+'})));
}

TEST_CASE("the fields of a CONNACK are read") {
  const Connack plain = read_connack(bytes({0x20, 2, 0, 5}), Protocol::v311);
  CHECK(plain.reason_code == 5);
  CHECK(plain.receive_maximum == 65'535);
  const Connack full = read_connack(bytes({0x20, 9, 0, 0, 6, 0x21, 0, 7, 0x13, 0, 9}), Protocol::v5);
  CHECK(full.receive_maximum == 7);
  CHECK(full.server_keep_alive == 9);
}

TEST_CASE("packets that a broker may not send") {
  CHECK(check(bytes({0x10, 0}), Protocol::v311)->reason_code == protocol_error);         // CONNECT
  CHECK(check(bytes({0x20, 2, 0, 0}), Protocol::v311)->reason_code == protocol_error);   // a second CONNACK
  CHECK(check(bytes({0xD0, 0}), Protocol::v311, false)->reason_code == protocol_error);  // before CONNACK
  CHECK(check(bytes({0xE0, 0}), Protocol::v311)->reason_code == protocol_error);  // DISCONNECT on 3.1.1
  CHECK(check(bytes({0x36, 3, 0, 1, 't'}), Protocol::v311)->reason_code == malformed_packet);  // QoS 3
  CHECK(check(bytes({0x41, 2, 0, 1}), Protocol::v311)->reason_code == malformed_packet);  // flags of PUBACK
  CHECK(check(bytes({0x60, 2, 0, 1}), Protocol::v311)->reason_code == malformed_packet);  // flags of PUBREL
  CHECK(check(bytes({0xD0, 1, 0}), Protocol::v311)->reason_code == malformed_packet);  // PINGRESP with a body
  CHECK(check(bytes({0x40, 1, 0}), Protocol::v311)->reason_code == malformed_packet);  // half an identifier
  CHECK(check(bytes({0x90, 2, 0, 1}), Protocol::v311)->reason_code ==
        malformed_packet);  // SUBACK without codes
  CHECK(check(bytes({0x90, 3, 0, 1, 0}), Protocol::v5)->reason_code ==
        malformed_packet);  // SUBACK without codes, MQTT 5
  CHECK(check(bytes({0x32, 5, 0, 1, 't', 0, 0}), Protocol::v311)->reason_code ==
        malformed_packet);  // identifier 0
  CHECK(check(bytes({0x30, 3, 0, 9, 't'}), Protocol::v311)->reason_code ==
        malformed_packet);  // shorter than topic
  CHECK(check(bytes({0x30, 3, 0, 1, 't'}), Protocol::v5)->reason_code == malformed_packet);  // no properties
  CHECK(check(bytes({0x40, 4, 0, 1, 0, 9}), Protocol::v5)->reason_code ==
        malformed_packet);  // truncated properties
}

TEST_CASE("packets that a broker may send") {
  CHECK_FALSE(check(bytes({0x20, 2, 0, 0}), Protocol::v311, false));
  CHECK_FALSE(check(bytes({0x20, 3, 0, 0, 0}), Protocol::v5, false));
  CHECK_FALSE(check(bytes({0xD0, 0}), Protocol::v31));
  CHECK_FALSE(check(bytes({0x62, 2, 0, 1}), Protocol::v311));
  CHECK_FALSE(check(bytes({0x40, 2, 0, 1}), Protocol::v5));
  CHECK_FALSE(check(bytes({0x40, 3, 0, 1, 0x10}), Protocol::v5));
  CHECK_FALSE(check(bytes({0x40, 4, 0, 1, 0x10, 0}), Protocol::v5));
  CHECK_FALSE(check(bytes({0x90, 4, 0, 1, 0, 0x80}), Protocol::v5));
  CHECK_FALSE(check(bytes({0xB0, 2, 0, 1}), Protocol::v311));
  CHECK_FALSE(check(bytes({0xE0, 0}), Protocol::v5));
  CHECK_FALSE(check(bytes({0xE0, 1, 0x8E}), Protocol::v5));
  CHECK_FALSE(check(bytes({0x30, 3, 0, 1, 't'}), Protocol::v311));
  CHECK_FALSE(check(bytes({0x30, 4, 0, 1, 't', 0}), Protocol::v5));
}
