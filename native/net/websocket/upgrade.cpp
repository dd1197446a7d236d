#include "net/websocket/upgrade.hpp"

#include "base/sanitize.hpp"
#include "net/http/response_head.hpp"
#include "net/websocket/websocket_stream.hpp"

namespace mqtt_native::net::websocket {

namespace {

base::Failure malformed(const std::string& what = {}) {
  return {"WEBSOCKET_PROTOCOL_ERROR", "The server's answer to the WebSocket upgrade" + what};
}

/** Returns the sub-protocols that a request offers; empty: none. */
std::string offered(std::string_view request) {
  http::take_line(request);
  const size_t end = request.find("\r\n\r\n");
  const auto fields = http::Fields::parse(request.substr(0, end));
  return fields ? fields->find("sec-websocket-protocol").value_or("") : "";
}

base::Failure refused(const http::ResponseHead& answer) {
  std::string text = "The server answered the WebSocket upgrade with " + answer.status_text();
  if (const auto location = answer.fields.find("location"); location && answer.status / 100 == 3)
    text.append(" to ").append(base::quoted(*location));
  return {"WEBSOCKET_REFUSED", std::move(text)};
}

/** Checks each requirement on the response (RFC 6455, section 4.1). */
std::optional<base::Failure> check(const http::ResponseHead& answer, const Upgrade& request) {
  const auto field = [&answer](std::string_view name) { return answer.fields.find(name); };
  if (answer.status != http::switching_protocols) return refused(answer);
  if (answer.minor_version < 1) return malformed(" is of HTTP/1.0, which knows no upgrades");
  if (http::lower_case(field("upgrade").value_or("")) != "websocket")
    return malformed(" does not upgrade to WebSocket: Upgrade is " +
                     base::quoted(field("upgrade").value_or("")));
  if (!http::lists(http::lower_case(field("connection").value_or("")), "upgrade"))
    return malformed(" does not upgrade: Connection is " + base::quoted(field("connection").value_or("")));
  if (field("sec-websocket-accept") != request.accept)
    return malformed(" does not fit the key that was sent: it may have been meant for somebody else");
  const auto protocol = field("sec-websocket-protocol");
  if (protocol && !http::lists(offered(request.request), *protocol))
    return malformed(" chose a sub-protocol that was not offered: " + base::quoted(*protocol));
  if (!field("sec-websocket-extensions").value_or("").empty())
    return malformed(" names an extension that was not offered: " +
                     base::quoted(*field("sec-websocket-extensions")));
  return std::nullopt;
}

}  // namespace

DialResult upgrade(std::unique_ptr<Stream> stream, const Upgrade& request, const ConnectDeadline& deadline) {
  BlockingIo io(*stream, deadline, "waiting for the server's answer to the WebSocket upgrade");
  if (auto failure = io.send(request.request)) return std::move(*failure);
  auto answer = http::receive_response_head(io, malformed());
  if (auto* failure = std::get_if<base::Failure>(&answer)) return std::move(*failure);
  if (auto failure = check(std::get<http::ResponseHead>(answer), request)) return std::move(*failure);
  return std::make_unique<WebSocketStream>(std::move(stream));
}

}  // namespace mqtt_native::net::websocket
