#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "net/blocking_io.hpp"

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

std::string lower_case(std::string_view text);

bool lists(std::string_view list, std::string_view element);

/** The status of a response after which another protocol begins (RFC 9110, section 15.2.2). */
inline constexpr int switching_protocols = 101;

/** An HTTP/1 response without its content (RFC 9112, section 2.1). */
struct ResponseHead {
  int minor_version;  // of HTTP/1
  int status;
  std::string reason;
  Fields fields;

  /** Returns the status for messages: `"404 Not Found"`, quoted and sanitized. */
  [[nodiscard]] std::string status_text() const;
};

/** Parses a whole head with its empty line. Otherwise returns its fault: “has a malformed header”. */
std::variant<ResponseHead, std::string> parse_response_head(std::string_view text);

/**
 * Receives the head of a response: all bytes up to its empty line and none beyond, at most 16 KiB. Interim
 * responses (100 Continue and the like) are skipped.
 *
 * `malformed`: the failure for a response that is not valid HTTP. Its text is extended by the fault.
 */
std::variant<ResponseHead, base::Failure> receive_response_head(BlockingIo& io,
                                                                const base::Failure& malformed);

}  // namespace mqtt_native::net::http
