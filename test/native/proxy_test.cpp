#include "net/proxy/proxy.hpp"

#include <doctest/doctest.h>

#include <thread>

#include "handshake.hpp"
#include "net/dial.hpp"
#include "test_broker.hpp"

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace mqtt_native::base;
using namespace mqtt_native::net;
using mqtt_native::net::proxy::connect_through;
using mqtt_native::net::proxy::Destination;
using mqtt_native::net::proxy::Proxy;
using mqtt_native::test::Handshake;
using mqtt_native::test::TestBroker;
using mqtt_native::test::TestPeer;
using Kind = Proxy::Kind;

namespace {

const Destination by_name{"broker.example", 1883};
const Destination by_ipv4{"192.0.2.7", 0x1234};
const Destination by_ipv6{"2001:db8::1", 1883};
const CancellationToken no_cancel;

const std::string connected4 = "\0\x5A\0\0\0\0\0\0"s;
const std::string connected5 = "\5\0\0\1\x7F\0\0\1\4\xD2"s;
const std::string connected_http = "HTTP/1.1 200 Connection established\r\n\r\n";

Proxy proxy_of(Kind kind, std::string username = {}, std::string password = {}) {
  return {.kind = kind,
          .host = "proxy.example",
          .port = 1080,
          .username = std::move(username),
          .password = std::move(password)};
}

std::optional<Failure> connect(Handshake& handshake, const Proxy& proxy, const Destination& destination,
                               TimePoint deadline = Clock::now() + 60s,
                               const CancellationToken& cancel = no_cancel) {
  return connect_through(*handshake.stream, proxy, destination, ConnectDeadline(deadline, cancel));
}

/** Checks a successful connect: the proxy sends `answers`, and the client must have sent `asked`. */
void connects(const Proxy& proxy, const Destination& destination, std::string_view answers,
              const std::string& asked) {
  CAPTURE(answers);
  for (const bool slow : {false, true}) {
    Handshake handshake(slow);
    handshake.server_says(std::string(answers) + "the broker's");
    const auto failure = connect(handshake, proxy, destination);
    CHECK_MESSAGE(!failure, (failure ? failure->text : ""));
    CHECK(handshake.client_said() == asked);
    CHECK(handshake.unread() == "the broker's");
  }
}

void fails(const Proxy& proxy, const Destination& destination, std::string_view answers,
           const std::string& code, const std::string& text) {
  CAPTURE(answers);
  for (const bool slow : {false, true}) {
    Handshake handshake(slow);
    handshake.server_says(answers);  // and nothing else: the result must not depend on more input
    const auto failure = connect(handshake, proxy, destination);
    REQUIRE(failure);
    CHECK(failure->code == code);
    CHECK(failure->text == "The proxy proxy.example:1080 " + text);
  }
}

constexpr auto refused = "PROXY_REFUSED";
constexpr auto unauthenticated = "PROXY_AUTHENTICATION_FAILED";
constexpr auto malformed = "PROXY_PROTOCOL_ERROR";

}  // namespace

TEST_CASE("SOCKS4 connects to IPv4 addresses, SOCKS4a to anything") {
  connects(proxy_of(Kind::socks4), by_ipv4, connected4, "\4\1\x12\x34\xC0\0\2\7\0"s);
  connects(proxy_of(Kind::socks4, "me", "ignored"), by_ipv4, connected4, "\4\1\x12\x34\xC0\0\2\7me\0"s);
  connects(proxy_of(Kind::socks4, "me"), by_name, connected4, "\4\1\7\x5B\0\0\0\1me\0broker.example\0"s);
  connects(proxy_of(Kind::socks4), by_ipv6, connected4,
           "\4\1\7\x5B\0\0\0\1\0"
           "2001:db8::1\0"s);
}

TEST_CASE("a SOCKS4 failure has its reason") {
  const Proxy proxy = proxy_of(Kind::socks4);
  fails(proxy, by_name, "\0\x5B\0\0\0\0\0\0"s, refused,
        "did not connect to broker.example:1883: request rejected or failed");
  fails(proxy, by_ipv6, "\0\x5B\0\0\0\0\0\0"s, refused,
        "did not connect to [2001:db8::1]:1883: request rejected or failed");
  fails(proxy, by_name, "\0\x5C\0\0\0\0\0\0"s, unauthenticated,
        "found no identd here that could confirm the user name");
  fails(proxy, by_name, "\0\x5D\0\0\0\0\0\0"s, unauthenticated,
        "was told another user name by the identd here");
  fails(proxy, by_name, "\0\x59\0\0\0\0\0\0"s, malformed, "sent an unknown SOCKS4 reply code: 89");
  fails(proxy, by_name, "\4"s, malformed, "does not speak SOCKS4: its reply begins with 0x04");
  fails(proxy, by_name, "HTTP/1.1 400 Bad Request\r\n"s, malformed,
        "does not speak SOCKS4: its reply begins with 0x48");
  fails(proxy_of(Kind::socks4, "a\0b"s), by_name, "", malformed,
        "cannot be told of what contains a NUL: SOCKS4 ends its texts with one");
}

TEST_CASE("SOCKS5 connects to names and addresses") {
  const Proxy proxy = proxy_of(Kind::socks5);
  const std::string no_authentication = "\5\0"s;
  connects(proxy, by_name, no_authentication + connected5,
           "\5\1\0\5\1\0\3\x0E"
           "broker.example\7\x5B"s);
  connects(proxy, by_ipv4, no_authentication + connected5, "\5\1\0\5\1\0\1\xC0\0\2\7\x12\x34"s);
  connects(proxy, by_ipv6, no_authentication + connected5,
           "\5\1\0\5\1\0\4\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\1\7\x5B"s);
  const std::string longest(255, 'x');
  connects(proxy, {longest, 1}, no_authentication + connected5, "\5\1\0\5\1\0\3\xFF"s + longest + "\0\1"s);
}

TEST_CASE("SOCKS5 may report any local address") {
  for (const std::string& address : {"\1\x7F\0\0\1\4\xD2"s, "\4"s + std::string(18, '\xFF'), "\3\0\4\xD2"s,
                                     "\3\4name\4\xD2"s, "\3\xFF"s + std::string(257, 'x')})
    connects(proxy_of(Kind::socks5), by_ipv4, "\5\0\5\0\0"s + address, "\5\1\0\5\1\0\1\xC0\0\2\7\x12\x34"s);
}

TEST_CASE("SOCKS5 authenticates if the proxy requires it") {
  const std::string request = "\5\1\0\1\xC0\0\2\7\x12\x34"s;
  const Proxy proxy = proxy_of(Kind::socks5, "me", "secret");
  connects(proxy, by_ipv4, "\5\2\1\0"s + connected5, "\5\2\0\2\1\2me\6secret"s + request);
  connects(proxy, by_ipv4, "\5\0"s + connected5, "\5\2\0\2"s + request);
  connects(proxy_of(Kind::socks5, "", "secret"), by_ipv4, "\5\2\1\0"s + connected5,
           "\5\2\0\2\1\0\6secret"s + request);
  const std::string longest(255, 'x');
  connects(proxy_of(Kind::socks5, longest, longest), by_ipv4, "\5\2\1\0"s + connected5,
           "\5\2\0\2\1\xFF"s + longest + "\xFF" + longest + request);

  fails(proxy, by_ipv4, "\5\2\1\1"s, unauthenticated, "rejected the user name or the password");
  fails(proxy, by_ipv4, "\5\xFF"s, unauthenticated, "accepts no authentication by user name and password");
  fails(proxy_of(Kind::socks5), by_ipv4, "\5\xFF"s, unauthenticated, "wants authentication");
  for (const auto& [username, password] : {std::pair(longest + 'x', ""s), std::pair(""s, longest + 'x')})
    fails(proxy_of(Kind::socks5, username, password), by_ipv4, "", unauthenticated,
          "cannot be told a user name or password of more than 255 bytes");
}

TEST_CASE("a SOCKS5 failure has its reason") {
  const Proxy proxy = proxy_of(Kind::socks5);
  const std::pair<char, std::string> replies[] = {
      {1, "general SOCKS server failure (1)"}, {2, "connection not allowed by ruleset (2)"},
      {3, "network unreachable (3)"},          {4, "host unreachable (4)"},
      {5, "connection refused (5)"},           {6, "TTL expired (6)"},
      {7, "command not supported (7)"},        {8, "address type not supported (8)"},
      {9, "unassigned reply code (9)"},        {'\xFF', "unassigned reply code (255)"}};
  for (const auto& [reply, words] : replies)
    fails(proxy, by_name, "\5\0\5"s + reply, refused, "did not connect to broker.example:1883: " + words);
  fails(proxy, {std::string(256, 'x'), 1883}, "", refused,
        "did not connect to " + std::string(256, 'x') +
            ":1883: SOCKS5 has no host names of more than 255 bytes");
}

TEST_CASE("an answer that is not SOCKS5 fails at once") {
  const Proxy proxy = proxy_of(Kind::socks5, "me", "secret");
  fails(proxy, by_name, "\4"s, malformed, "does not speak SOCKS5: its reply begins with 0x04");
  fails(proxy, by_name, "HTTP", malformed, "does not speak SOCKS5: its reply begins with 0x48");
  fails(proxy, by_name, "\5\2\5"s, malformed, "does not speak SOCKS5: its reply begins with 0x05");
  fails(proxy, by_name, "\5\0\1"s, malformed, "does not speak SOCKS5: its reply begins with 0x01");
  fails(proxy, by_name, "\5\1"s, malformed, "chose a way to authenticate that was not offered: 0x01");
  fails(proxy_of(Kind::socks5), by_name, "\5\2"s, malformed,
        "chose a way to authenticate that was not offered: 0x02");
  fails(proxy, by_name, "\5\0\5\0\0\2"s, malformed, "sent an unknown SOCKS5 address type: 0x02");
}

TEST_CASE("HTTP CONNECT succeeds, whatever the response says about content") {
  const Proxy proxy = proxy_of(Kind::http);
  const std::string to_name = "CONNECT broker.example:1883 HTTP/1.1\r\nHost: broker.example:1883\r\n";
  connects(proxy, by_name, connected_http, to_name + "\r\n");
  connects(proxy, by_name, "HTTP/1.0 200\n\n", to_name + "\r\n");
  connects(proxy, by_name, "HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n", to_name + "\r\n");
  connects(proxy, by_name, "HTTP/1.1 299 x\r\nTransfer-Encoding: chunked\r\n\r\n", to_name + "\r\n");
  connects(proxy, by_name, "HTTP/1.1 100 Continue\r\n\r\n" + connected_http, to_name + "\r\n");
  connects(proxy, by_ipv6, connected_http,
           "CONNECT [2001:db8::1]:1883 HTTP/1.1\r\nHost: [2001:db8::1]:1883\r\n\r\n");
  connects(proxy_of(Kind::http, "Aladdin", "open sesame"), by_name, connected_http,
           to_name + "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n");
  connects(proxy_of(Kind::http, "a"), by_name, connected_http,
           to_name + "Proxy-Authorization: Basic YTo=\r\n\r\n");
}

TEST_CASE("an HTTP CONNECT failure has its reason") {
  const Proxy proxy = proxy_of(Kind::http);
  fails(proxy, by_name, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad", refused,
        "did not connect to broker.example:1883: \"502 Bad Gateway\"");
  fails(proxy, by_ipv6, "HTTP/1.1 301 Moved\r\n\r\n", refused,
        "did not connect to [2001:db8::1]:1883: \"301 Moved\"");
  fails(proxy, by_name, "HTTP/1.1 407 Who are you?\r\n\r\n", unauthenticated,
        "wants a user name and a password: \"407 Who are you?\"");
  fails(proxy_of(Kind::http, "me", "wrong"), by_name, "HTTP/1.1 407 No\r\n\r\n", unauthenticated,
        "rejected the user name or the password: \"407 No\"");
  fails(proxy_of(Kind::http, "me", "wrong"), by_name, "HTTP/1.1 401 No\r\n\r\n", unauthenticated,
        "rejected the user name or the password: \"401 No\"");
  fails(proxy, {"bad\r\nhost", 1883}, "", malformed,
        "cannot be asked for a host name with spaces or control characters");
}

TEST_CASE("an answer that is not HTTP fails at once") {
  const Proxy proxy = proxy_of(Kind::http);
  fails(proxy, by_name, "\5\xFF"s, malformed,
        "sent an answer that is not HTTP/1: it begins with \"\uFFFD\uFFFD\"");
  fails(proxy, by_name, "HTTP/1.1 200 OK\r\nbroken\r\n\r\n", malformed,
        "sent an answer that has a malformed header");
  fails(proxy, by_name, "HTTP/1.1 200 OK\r\nx: " + std::string(17'000, 'x'), malformed,
        "sent an answer that is longer than 16 KiB");
}

TEST_CASE("a proxy that falls silent or closes ends the attempt") {
  const std::pair<Kind, std::string> answers[] = {
      {Kind::socks4, connected4}, {Kind::socks5, "\5\2\1\0"s + connected5}, {Kind::http, connected_http}};
  for (const auto& [kind, answer] : answers)
    for (size_t cut = 0; cut < answer.size(); cut++) {
      const Proxy proxy = proxy_of(kind, "me", "secret");
      Handshake silent;
      silent.server_says(answer.substr(0, cut));
      auto failure = connect(silent, proxy, by_name, Clock::now() + 1ms);
      REQUIRE(failure);
      CHECK(failure->code == "TIMEOUT");
      CHECK(failure->text ==
            "Timed out while asking the proxy proxy.example:1080 to connect to broker.example:1883");
      Handshake closed;
      closed.server_says(answer.substr(0, cut));
      closed.server_closes();
      failure = connect(closed, proxy, by_name);
      REQUIRE(failure);
      CHECK(failure->code == "ECONNRESET");
    }
}

TEST_CASE("waiting for a proxy can be cancelled") {
  Handshake silent;
  CancellationToken cancel;
  std::thread other([&cancel] { cancel.cancel(); });
  const auto failure = connect(silent, proxy_of(Kind::http), by_name, never, cancel);
  other.join();
  REQUIRE(failure);
  CHECK(failure->code == "ABORTED");
}

TEST_CASE("a proxy's answers may come in any pieces") {
  const std::pair<Kind, std::string> answers[] = {
      {Kind::socks4, connected4}, {Kind::socks5, "\5\2\1\0"s + connected5}, {Kind::http, connected_http}};
  for (const auto& [kind, answer] : answers) {
    Handshake handshake;
    std::thread server([&handshake, &answer = answer] {
      for (const char c : answer) handshake.server_says({&c, 1});
    });
    const auto failure = connect(handshake, proxy_of(kind, "me", "secret"), by_name);
    server.join();
    CHECK_MESSAGE(!failure, (failure ? failure->text : ""));
  }
}

TEST_CASE("a dial goes through a proxy and up to a WebSocket") {
  TestBroker proxy;
  std::optional<TestPeer> peer;
  Target target{.host = "broker.example", .port = 80};
  target.proxy = Proxy{.kind = Kind::socks5, .host = "127.0.0.1", .port = proxy.port()};
  target.websocket = websocket::Upgrade{.request = "GET / HTTP/1.1\r\n\r\n", .accept = "accepted"};
  std::thread server([&proxy, &peer] {
    peer = proxy.accept();
    const auto say = [&peer](std::string_view bytes) {
      const auto view = std::as_bytes(std::span(bytes));
      peer->write({view.begin(), view.end()});
    };
    say("\5\0"s + connected5);
    say("HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: "
        "accepted\r\n\r\n");
    say("\x88\x02\x03\xE9"s);
  });
  {
    const DialResult result = dial(target, Clock::now() + 60s, no_cancel);
    REQUIRE(std::holds_alternative<std::unique_ptr<Stream>>(result));
    Stream& stream = *std::get<std::unique_ptr<Stream>>(result);
    std::array<std::byte, 10> into{};
    Transfer transfer = stream.read(into);
    while (transfer.state == Transfer::State::blocked) transfer = stream.read(into);
    CHECK(transfer.state == Transfer::State::failed);
    CHECK(to_failure(stream, "read", transfer).text == "The broker closed the WebSocket: 1001 going away");
  }
  server.join();
}
