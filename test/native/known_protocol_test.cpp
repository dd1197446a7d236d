#include "net/known_protocol.hpp"

#include <doctest/doctest.h>

#include "connection_fixture.hpp"

using namespace mqtt_native;
using mqtt_native::test::bytes;
using mqtt_native::test::text;
using mqtt_native::test::operator+;
using mqtt::Bytes;
using net::first_line;
using net::known_protocol;

namespace {

const Bytes alert = bytes({0x15, 3, 1, 0, 2, 2, 70});

/** Returns the text of the error after this answer to CONNECT. */
std::string failure_after(const Bytes& answer, mqtt::Protocol protocol = mqtt::Protocol::v311) {
  test::ConnectionFixture fixture(protocol);
  fixture.broker_sends(answer);
  fixture.connection->read();
  CHECK(fixture.ends == 1);
  const base::Failure failure = fixture.connection->close_reason().failure;
  CHECK(failure.code == "PROTOCOL_ERROR");
  return failure.text;
}

}  // namespace

TEST_CASE("known protocols have their names") {
  CHECK(known_protocol(alert) == "TLS");
  CHECK(known_protocol(bytes({0x16, 3})) == "TLS");
  CHECK(known_protocol(text("HTTP/1.1 400 Bad Request\r\n")) == "HTTP");
  CHECK(known_protocol(text("HTTP/1.1 400")) == "HTTP");
  CHECK(known_protocol(text("HT")) == "HTTP");
  CHECK(known_protocol(test::connack) == "MQTT");
  CHECK(known_protocol(bytes({0xE0, 2, 0x8B, 0})) == "MQTT");
}

TEST_CASE("other answers have no name") {
  for (const Bytes& answer :
       {Bytes{}, bytes({0x15}), bytes({0x15, 0x15}), text("H"), text("HTML"), text("SSH-2.0"), text(" hello"),
        bytes({0x20}), Bytes(10), Bytes(10, std::byte{0xFF})})
    CHECK(known_protocol(answer).empty());
}

TEST_CASE("the first line of a text is quoted and truncated") {
  CHECK(first_line(text("SSH-2.0-server\r\nmore")) == "\"SSH-2.0-server\"");
  CHECK(first_line(text("220 ready\n")) == "\"220 ready\"");
  CHECK(first_line(text("220 ready")) == "\"220 ready\"");
  CHECK(first_line(text(std::string(1'000, 'x')))->size() < 250);
}

TEST_CASE("binary data has no first line") {
  for (const Bytes& answer :
       {Bytes{}, text("abc"), text("abc\r\n"), bytes({0x30, 4}) + text("text"), text("text") + bytes({0}),
        text("text") + bytes({0x1B}), text("text") + bytes({0xC3})})
    CHECK_FALSE(first_line(answer));
}

TEST_CASE("an answer of another protocol is named") {
  CHECK(failure_after(text("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n")) ==
        "The port speaks HTTP, not MQTT: it answered \"HTTP/1.1 400 Bad Request\"");
  CHECK(failure_after(text("HT")) == "The port speaks HTTP, not MQTT");
  CHECK(failure_after(alert) == "The port speaks TLS, but was connected to without TLS");
  CHECK(failure_after(alert, mqtt::Protocol::v5) == "The port speaks TLS, but was connected to without TLS");
  CHECK(failure_after(text("220 mail.example ESMTP\r\n")) ==
        "The port does not speak MQTT: it answered \"220 mail.example ESMTP\"");
}

TEST_CASE("a wrong MQTT packet is not reported as another protocol") {
  CHECK(failure_after(bytes({0xD0, 0})) == "The broker sent PINGRESP before CONNACK");
  CHECK(failure_after(bytes({0x30, 4, 0, 1, 't', 'x'})) == "The broker sent PUBLISH before CONNACK");
}

TEST_CASE("after CONNACK no answer is reported as another protocol") {
  test::ConnectionFixture fixture;
  fixture.establish();
  fixture.broker_sends(text("HTTP/1.1 400 Bad Request\r\n"));
  fixture.connection->read();
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().failure.text == "PUBACK with wrong flags");
}

TEST_CASE("a DISCONNECT of MQTT 5 before CONNACK ends the connection with its packet") {
  test::ConnectionFixture fixture(mqtt::Protocol::v5);
  fixture.broker_sends(bytes({0xE0, 1, 0x8B}));
  fixture.connection->read();
  CHECK(fixture.ends == 1);
  CHECK(fixture.connection->close_reason().packet == bytes({0xE0, 1, 0x8B}));
  CHECK(fixture.stream->written.empty());
}

TEST_CASE("a DISCONNECT before CONNACK that is malformed, or of MQTT 3.1.1, is a protocol error") {
  CHECK(failure_after(bytes({0xE0, 1, 0x55}), mqtt::Protocol::v5) == "DISCONNECT with the reason code 85");
  CHECK(failure_after(bytes({0xE0, 0})) == "The broker sent DISCONNECT");
}
