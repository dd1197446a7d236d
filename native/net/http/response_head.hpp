#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/failure.hpp"
#include "net/blocking_io.hpp"
#include "net/http/fields.hpp"

namespace mqtt_native::net::http {

/** The status of a response behind which another protocol begins (RFC 9110, section 15.2.2). */
inline constexpr int switching_protocols = 101;

/** All of an HTTP/1 response but its content (RFC 9112, section 2.1). */
struct ResponseHead {
  int minor_version;  // of HTTP/1
  int status;
  std::string reason;
  Fields fields;

  /** `"404 Not Found"`, in quotes and fit to be shown. */
  [[nodiscard]] std::string status_text() const;
};

/** Reads a head, all of it with its empty line. Or what is wrong with it: “has a malformed header”. */
std::variant<ResponseHead, std::string> parse_response_head(std::string_view text);

/**
 * Receives the head of the response to a request: all the bytes up to its empty line and none beyond, at
 * most 16 KiB. What a server says meanwhile (100 Continue and the like) is passed over.
 *
 * `malformed`: how to report a response that cannot be understood; what is wrong is appended to its text.
 */
std::variant<ResponseHead, base::Failure> receive_response_head(BlockingIo& io,
                                                                const base::Failure& malformed);

}  // namespace mqtt_native::net::http
