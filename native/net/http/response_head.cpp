#include "net/http/response_head.hpp"

#include <algorithm>
#include <utility>

#include "base/sanitize.hpp"
#include "net/known_protocol.hpp"

namespace mqtt_native::net::http {

namespace {

/** Bytes of a head and of the skipped heads before it. */
constexpr size_t limit = 16 * 1024;

/** The beginning of each status line; # stands for a digit. */
constexpr std::string_view shape = "HTTP/1.# ###";
constexpr size_t minor_at = shape.find('#');
constexpr size_t status_at = shape.rfind('#') - 2;

/** Whether a text, perhaps incomplete, begins as a status line does. */
bool begins_as_status_line(std::string_view text) {
  const auto matches = [](char c, char expected) {
    return expected == '#' ? c >= '0' && c <= '9' : c == expected;
  };
  const size_t size = std::min(text.size(), shape.size());
  return std::equal(text.begin(), text.begin() + static_cast<ptrdiff_t>(size), shape.begin(), matches) &&
         (text.size() == size || std::string_view(" \r\n").find(text[size]) != std::string_view::npos);
}

/** Returns the least number of missing bytes: reading that many never reads beyond the head. */
size_t bytes_to_end(std::string_view head) {
  if (head.ends_with("\n\n") || head.ends_with("\n\r\n")) return 0;
  return head.ends_with('\n') || head.ends_with("\n\r") ? 1 : 2;
}

/** Describes an answer that does not begin as HTTP. */
std::string not_http(std::string_view head) {
  const std::string_view protocol = known_protocol(std::as_bytes(std::span(head)));
  if (protocol == "TLS" || protocol == "MQTT") return "is not HTTP/1 but " + std::string(protocol);
  return "is not HTTP/1: it begins with " + base::quoted(head);
}

}  // namespace

std::string ResponseHead::status_text() const {
  return base::quoted(std::to_string(status) + (reason.empty() ? "" : " ") + reason);
}

std::variant<ResponseHead, std::string> parse_response_head(std::string_view text) {
  const std::string_view line = take_line(text);
  if (line.size() < shape.size() || !begins_as_status_line(line))
    return "has a malformed status line: " + base::quoted(line);
  text = text.substr(0, text.size() - (text.ends_with("\r\n") ? 2 : 1));  // the empty line
  auto fields = Fields::parse(text);
  if (!fields) return "has a malformed header";
  const auto digit = [line](size_t index) { return line[index] - '0'; };
  return ResponseHead{.minor_version = digit(minor_at),
                      .status = digit(status_at) * 100 + digit(status_at + 1) * 10 + digit(status_at + 2),
                      .reason = std::string(line.substr(std::min(line.size(), shape.size() + 1))),
                      .fields = std::move(*fields)};
}

std::variant<ResponseHead, base::Failure> receive_response_head(BlockingIo& io,
                                                                const base::Failure& malformed) {
  const auto wrong = [&malformed](const std::string& what) {
    return base::Failure{malformed.code, malformed.text + " " + what};
  };
  std::string head;
  for (size_t passed_over = 0;;) {
    while (const size_t portion = bytes_to_end(head)) {
      if (passed_over + head.size() + portion > limit) return wrong("is longer than 16 KiB");
      head.append(portion, '\0');
      if (auto failure = io.receive(std::as_writable_bytes(std::span(head).last(portion))))
        return std::move(*failure);
      // A peer with another protocol may never send the end of a line.
      if (!begins_as_status_line(head)) return wrong(not_http(head));
    }
    auto parsed = parse_response_head(head);
    if (const auto* what = std::get_if<std::string>(&parsed)) return wrong(*what);
    auto& response = std::get<ResponseHead>(parsed);
    if (response.status >= 200 || response.status == switching_protocols) return std::move(response);
    passed_over += head.size();
    head.clear();
  }
}

}  // namespace mqtt_native::net::http
