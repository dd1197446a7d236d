#include <openssl/evp.h>

#include <algorithm>

#include "net/address.hpp"
#include "net/http/response_head.hpp"
#include "net/proxy/proxy_handshake.hpp"

namespace mqtt_native::net::proxy {

namespace {

constexpr int proxy_authentication_required = 407;
constexpr int unauthorized = 401;  // some proxies send it instead; no other server has been reached yet

std::string base64(const std::string& text) {
  std::string encoded((text.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL adds a NUL
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                  reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.pop_back();
  return encoded;
}

std::string request_for(const ProxyHandshake& handshake) {
  const Destination& destination = handshake.destination();
  const std::string authority = host_and_port(destination.host, destination.port);
  std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
  if (handshake.has_credentials()) {
    const Proxy& proxy = handshake.proxy();
    request.append("Proxy-Authorization: Basic ").append(base64(proxy.username + ':' + proxy.password));
    request.append("\r\n");
  }
  return request + "\r\n";
}

}  // namespace

std::optional<base::Failure> connect_http(ProxyHandshake& handshake) {
  const auto breaks_line = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; };
  if (std::ranges::any_of(handshake.destination().host, breaks_line))
    return handshake.malformed("cannot be asked for a host name with spaces or control characters");
  if (auto failure = handshake.send(request_for(handshake))) return failure;
  auto received = http::receive_response_head(handshake.io(), handshake.malformed("sent an answer that"));
  if (auto* failure = std::get_if<base::Failure>(&received)) return std::move(*failure);
  const auto& response = std::get<http::ResponseHead>(received);
  // A successful response has no content, whatever its fields say: the following bytes are the destination's.
  if (response.status / 100 == 2) return std::nullopt;
  if (response.status == proxy_authentication_required || response.status == unauthorized)
    return handshake.unauthenticated((handshake.has_credentials() ? "rejected the user name or the password: "
                                                                  : "wants a user name and a password: ") +
                                     response.status_text());
  return handshake.refused(response.status_text());
}

}  // namespace mqtt_native::net::proxy
