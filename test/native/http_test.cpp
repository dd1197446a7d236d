#include <doctest/doctest.h>

#include "base/sanitize.hpp"
#include "net/http/response_head.hpp"

using namespace mqtt_native::base;
using namespace mqtt_native::net;
using namespace mqtt_native::net::http;

namespace {

ResponseHead parsed(std::string_view text) {
  auto result = parse_response_head(text);
  REQUIRE(std::holds_alternative<ResponseHead>(result));
  return std::get<ResponseHead>(std::move(result));
}

std::string wrong_with(std::string_view text) {
  const auto result = parse_response_head(text);
  const auto* wrong = std::get_if<std::string>(&result);
  return wrong == nullptr ? "" : *wrong;
}

}  // namespace

TEST_CASE("a response's head is read") {
  const auto head = parsed(
      "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nX-Empty:\r\nVIA:  a , b \t\r\nvia: c\r\n\r\n");
  CHECK(head.minor_version == 1);
  CHECK(head.status == 404);
  CHECK(head.reason == "Not Found");
  CHECK(head.status_text() == "\"404 Not Found\"");
  CHECK(head.fields.find("content-type") == "text/html");
  CHECK(head.fields.find("x-empty") == "");
  CHECK(head.fields.find("via") == "a , b, c");
  CHECK_FALSE(head.fields.find("x-absent"));
}

TEST_CASE("a head may be short, old, and end its lines with LF") {
  CHECK(parsed("HTTP/1.0 200\r\n\r\n").minor_version == 0);
  CHECK(parsed("HTTP/1.1 200\r\n\r\n").status_text() == "\"200\"");
  CHECK(parsed("HTTP/1.1 200 \r\n\r\n").status_text() == "\"200\"");
  const auto head = parsed("HTTP/1.1 200 OK\nServer: simple\n\n");
  CHECK(head.reason == "OK");
  CHECK(head.fields.find("server") == "simple");
}

TEST_CASE("a malformed head is described") {
  for (const char* line :
       {"HTTP/2 200 OK", "HTTP/2.0 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK",
        "http/1.1 200 OK", "HTTP/1.1 OK", "HTTP/1.x 200 OK", "", "HTTP/1.1 -20 OK"})
    CHECK(wrong_with(std::string(line) + "\r\n\r\n") ==
          "has a malformed status line: \"" + std::string(line) + "\"");
  for (const char* line :
       {"no colon", ": no name", "sp ace: x", "trailing : x", " folded: x", "nam\x01: x", "n: a\x01z"})
    CHECK(wrong_with("HTTP/1.1 200 OK\r\na: b\r\n" + std::string(line) + "\r\n\r\n") ==
          "has a malformed header");
}

TEST_CASE("list elements are found") {
  CHECK(lists("upgrade", "upgrade"));
  CHECK(lists("keep-alive,  upgrade ,x", "upgrade"));
  CHECK_FALSE(lists("upgraded, keep", "upgrade"));
  CHECK_FALSE(lists("", "upgrade"));
  CHECK(lower_case("UpGrade-Z[É") == "upgrade-z[É");
}

TEST_CASE("text of a peer is sanitized and quoted") {
  CHECK(quoted("") == "\"\"");
  CHECK(quoted("Grüße, 世界 🙂") == "\"Grüße, 世界 🙂\"");
  CHECK(quoted("a\r\nb\tc\x7F\x1B[31m") == "\"a\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFD[31m\"");
  CHECK(quoted("caf\xE9!") == "\"caf\uFFFD!\"");
  CHECK(quoted("\xC2\x85 \xED\xA0\x80") == "\"\uFFFD \uFFFD\uFFFD\uFFFD\"");
  CHECK(quoted(std::string_view("\0", 1)) == "\"\uFFFD\"");
  CHECK(quoted(std::string(200, 'x')) == '"' + std::string(200, 'x') + '"');
  CHECK(quoted(std::string(201, 'x')) == '"' + std::string(200, 'x') + "…\"");
  CHECK(quoted(std::string(100'000, '\n')).size() < 220);
}
