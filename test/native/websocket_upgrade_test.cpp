#include <doctest/doctest.h>

#include <thread>

#include "bytes.hpp"
#include "handshake.hpp"
#include "net/websocket/upgrade.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native::base;
using namespace mqtt_native::net;
using mqtt_native::mqtt::Bytes;
using mqtt_native::net::websocket::Upgrade;
using mqtt_native::test::Handshake;
using mqtt_native::test::text;

namespace {

const Upgrade request{
    .request =
        "GET /mqtt HTTP/1.1\r\nHost: broker.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: mqtt, mqttv3.1\r\n\r\n",
    .accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="};

const std::string status = "HTTP/1.1 101 Switching Protocols\r\n";
const std::string upgrade_field = "Upgrade: websocket\r\n";
const std::string connection_field = "Connection: Upgrade\r\n";
const std::string accept_field = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const std::string yes = status + upgrade_field + connection_field + accept_field;

const CancellationToken no_cancel;

std::optional<Failure> upgrade(Handshake& handshake, TimePoint deadline = Clock::now() + 60s,
                               const CancellationToken& cancel = no_cancel) {
  auto result = websocket::upgrade(std::move(handshake.stream), request, ConnectDeadline(deadline, cancel));
  if (auto* failure = std::get_if<Failure>(&result)) return *failure;
  handshake.stream = std::move(std::get<std::unique_ptr<Stream>>(result));
  return std::nullopt;
}

/** Returns the result of an upgrade with this answer. */
std::optional<Failure> upgrade_answered(std::string_view answer, bool slow = false) {
  Handshake handshake(slow);
  handshake.server_says(answer);
  return upgrade(handshake);
}

void refuses(std::string_view answer, const std::string& what) {
  CAPTURE(answer);
  const auto failure = upgrade_answered(answer);
  REQUIRE(failure);
  CHECK(failure->code == "WEBSOCKET_PROTOCOL_ERROR");
  CHECK(failure->text == "The server's answer to the WebSocket upgrade " + what);
}

}  // namespace

TEST_CASE("an upgrade sends its request, and reads nothing behind the response") {
  for (const bool slow : {false, true}) {
    Handshake handshake(slow);
    handshake.server_says(yes + "\r\n\x82\x03one");
    CHECK_FALSE(upgrade(handshake));
    CHECK(handshake.client_said() == request.request);
    Bytes into(100);
    size_t size = 0;
    for (Transfer transfer{}; (transfer = handshake.stream->read(std::span(into).subspan(size))).state !=
                              Transfer::State::blocked;)
      size += transfer.bytes;
    into.resize(size);
    CHECK(into == text("one"));
  }
}

TEST_CASE("an answer may come in any pieces") {
  Handshake handshake;
  std::thread server([&handshake] {
    for (const char c : yes + "\r\n") handshake.server_says({&c, 1});
  });
  CHECK_FALSE(upgrade(handshake));
  server.join();
}

TEST_CASE("every valid response is accepted") {
  const std::string answers[] = {
      yes,
      status + "UPGRADE: WebSocket\r\nCONNECTION: keep-alive, UPGRADE\r\n" + accept_field,
      status + upgrade_field + "Connection: keep-alive\r\nConnection: upgrade\r\n" + accept_field,
      status + upgrade_field + connection_field + "sec-websocket-accept:\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo=  \r\n",
      "HTTP/1.1 101\r\n" + upgrade_field + connection_field + accept_field,
      yes + "Sec-WebSocket-Protocol: mqtt\r\n",
      yes + "Sec-WebSocket-Protocol: mqttv3.1\r\n",
      yes + "Sec-WebSocket-Extensions:\r\nServer: x\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + yes,
  };
  for (const std::string& answer : answers) {
    CAPTURE(answer);
    CHECK_FALSE(upgrade_answered(answer + "\r\n"));
    CHECK_FALSE(upgrade_answered(answer + "\r\n", true));
  }
}

TEST_CASE("a refusal has the server's text") {
  const auto text_of = [](std::string_view answer) {
    const auto failure = upgrade_answered(answer);
    REQUIRE(failure);
    CHECK(failure->code == "WEBSOCKET_REFUSED");
    return failure->text;
  };
  const std::string begin = "The server answered the WebSocket upgrade with ";
  CHECK(text_of("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nHello") == begin + "\"404 Not Found\"");
  CHECK(text_of("HTTP/1.0 400\r\n\r\n") == begin + "\"400\"");
  CHECK(text_of("HTTP/1.1 200 OK\r\n\r\n") == begin + "\"200 OK\"");
  CHECK(text_of("HTTP/1.1 301 Moved\r\nLocation: https://other.example/mqtt\r\n\r\n") ==
        begin + "\"301 Moved\" to \"https://other.example/mqtt\"");
  CHECK(text_of("HTTP/1.1 403 \x1B[31mNo\xFF\r\n\r\n") == begin + "\"403 \uFFFD[31mNo\uFFFD\"");
  CHECK(text_of("HTTP/1.1 500 " + std::string(10'000, 'x') + "\r\n\r\n").size() < 300);
}

TEST_CASE("an accepting response with any fault is refused") {
  const std::string end = "\r\n";
  refuses("HTTP/1.0 101 Switching Protocols\r\n" + upgrade_field + connection_field + accept_field + end,
          "is of HTTP/1.0, which knows no upgrades");
  refuses(status + connection_field + accept_field + end, "does not upgrade to WebSocket: Upgrade is \"\"");
  refuses(status + "Upgrade: h2c\r\n" + connection_field + accept_field + end,
          "does not upgrade to WebSocket: Upgrade is \"h2c\"");
  refuses(status + upgrade_field + accept_field + end, "does not upgrade: Connection is \"\"");
  refuses(status + upgrade_field + "Connection: close\r\n" + accept_field + end,
          "does not upgrade: Connection is \"close\"");
  const std::string no_fit = "does not fit the key that was sent: it may have been meant for somebody else";
  refuses(status + upgrade_field + connection_field + end, no_fit);
  refuses(status + upgrade_field + connection_field +
              "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n" + end,
          no_fit);
  refuses(yes + accept_field + end, no_fit);
  refuses(yes + "Sec-WebSocket-Protocol: chat\r\n" + end,
          "chose a sub-protocol that was not offered: \"chat\"");
  refuses(yes + "Sec-WebSocket-Protocol: mqtt, mqttv3.1\r\n" + end,
          "chose a sub-protocol that was not offered: \"mqtt, mqttv3.1\"");
  refuses(yes + "Sec-WebSocket-Extensions: permessage-deflate\r\n" + end,
          "names an extension that was not offered: \"permessage-deflate\"");
}

TEST_CASE("an invalid response fails at once, even if more could arrive") {
  refuses("SSH-2.0-server\r\n", "is not HTTP/1: it begins with \"SS\"");
  refuses("\x15\x03\x01", "is not HTTP/1 but TLS");
  refuses("\x20\x02", "is not HTTP/1 but MQTT");
  refuses("HTTP/2.0 101 x", "is not HTTP/1: it begins with \"HTTP/2\"");
  refuses("HTTP/1.1 2000 ", "is not HTTP/1: it begins with \"HTTP/1.1 2000 \"");
  refuses(status + "no colon\r\n\r\n", "has a malformed header");
  refuses(status + "Padding: " + std::string(17'000, 'x'), "is longer than 16 KiB");
  std::string hints;
  while (hints.size() < 17'000) hints += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  refuses(hints, "is longer than 16 KiB");
}

TEST_CASE("an unanswered upgrade ends at the deadline") {
  Handshake silent;
  silent.server_says("HTTP/1.1 101 Swi");
  auto failure = upgrade(silent, Clock::now() + 10ms);
  REQUIRE(failure);
  CHECK(failure->code == "TIMEOUT");
  CHECK(failure->text == "Timed out while waiting for the server's answer to the WebSocket upgrade");

  Handshake unwanted;
  CancellationToken cancel;
  std::thread other([&cancel] { cancel.cancel(); });
  failure = upgrade(unwanted, never, cancel);
  other.join();
  REQUIRE(failure);
  CHECK(failure->code == "ABORTED");

  Handshake closed;
  closed.server_says(status);
  closed.server_closes();
  failure = upgrade(closed);
  REQUIRE(failure);
  CHECK(failure->code == "ECONNRESET");
}
