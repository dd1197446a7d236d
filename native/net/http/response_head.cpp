#include "net/http/response_head.hpp"

#include "base/sanitize.hpp"
#include "net/known_protocol.hpp"

namespace mqtt_native::net::http {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_token_character(char c) {
  return is_letter_or_digit(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

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

std::string not_http(std::string_view head) {
  const std::string_view protocol = known_protocol(std::as_bytes(std::span(head)));
  if (protocol == "TLS" || protocol == "MQTT") return "is not HTTP/1 but " + std::string(protocol);
  return "is not HTTP/1: it begins with " + base::quoted(head);
}

}  // namespace

std::optional<Fields> Fields::parse(std::string_view lines) {
  Fields fields;
  while (!lines.empty()) {
    auto field = parse_line(take_line(lines));
    if (!field) return std::nullopt;
    fields.fields_.push_back(std::move(*field));
  }
  return fields;
}

std::optional<Fields::Field> Fields::parse_line(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  const bool well_formed =
      std::ranges::all_of(name, is_token_character) && std::ranges::none_of(value, is_control);
  if (!well_formed) return std::nullopt;
  return Field{lower_case(name), std::string(value)};
}

std::optional<std::string> Fields::find(std::string_view name) const {
  std::optional<std::string> found;
  for (const Field& field : fields_) {
    if (field.name != name) continue;
    if (found)
      found->append(", ").append(field.value);
    else
      found = field.value;
  }
  return found;
}

std::string_view take_line(std::string_view& lines) {
  const size_t end = std::min(lines.find('\n'), lines.size());
  std::string_view line = lines.substr(0, end);
  lines.remove_prefix(std::min(end + 1, lines.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return result;
}

bool lists(std::string_view list, std::string_view element) {
  for (;;) {
    const size_t comma = std::min(list.find(','), list.size());
    if (trimmed(list.substr(0, comma)) == element) return true;
    if (comma == list.size()) return false;
    list.remove_prefix(comma + 1);
  }
}

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
