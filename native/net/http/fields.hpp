#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::net::http {

/** The header fields of an HTTP message (RFC 9110, section 5). */
class Fields {
 public:
  /** Parses the lines between the first line and the empty one. Returns nothing if they are malformed. */
  static std::optional<Fields> parse(std::string_view lines);

  /** Returns the values of all fields with this lower-case name as one list, or nothing if there is none. */
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

 private:
  struct Field {
    std::string name;  // in lower case
    std::string value;
  };

  static std::optional<Field> parse_line(std::string_view line);

  std::vector<Field> fields_;
};

/** Removes and returns the first line, without its CRLF or LF (RFC 9112, section 2.2). */
std::string_view take_line(std::string_view& lines);

/** Returns the text with ASCII letters in lower case. */
std::string lower_case(std::string_view text);

/** Whether a comma-separated list contains this element. */
bool lists(std::string_view list, std::string_view element);

}  // namespace mqtt_native::net::http
