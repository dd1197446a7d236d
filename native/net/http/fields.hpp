#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::net::http {

/** The header fields of an HTTP message (RFC 9110, section 5). */
class Fields {
 public:
  /** Of the lines between the first one and the empty one; nothing when they are malformed. */
  static std::optional<Fields> parse(std::string_view lines);

  /** The values of all fields of this name (in lower case), as one list; nothing when there is none. */
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

 private:
  struct Field {
    std::string name;  // in lower case
    std::string value;
  };

  static std::optional<Field> parse_line(std::string_view line);

  std::vector<Field> fields_;
};

/** Takes the line at the front, without its end: CRLF, or LF alone (RFC 9112, section 2.2). */
std::string_view take_line(std::string_view& lines);

/** The same text with the letters of ASCII in lower case. */
std::string lower_case(std::string_view text);

/** Whether a list with commas has this element. */
bool lists(std::string_view list, std::string_view element);

}  // namespace mqtt_native::net::http
