#include "net/http/fields.hpp"

#include <algorithm>
#include <utility>

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

}  // namespace mqtt_native::net::http
