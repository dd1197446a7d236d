#include "node/parse_target.hpp"

namespace mqtt_native::node {

namespace {

uint16_t parse_port(const JsValue& object) {
  return static_cast<uint16_t>(object["port"].number());
}

template <typename Read>
auto each(const JsValue& array, Read read) {
  std::vector<decltype(read(array))> results;
  for (const JsValue& element : array.elements()) results.push_back(read(element));
  return results;
}

net::SocketOption parse_socket_option(const JsValue& triple) {
  const auto parts = triple.elements();
  if (parts.size() != 3) return {};
  return {.level = parts[0].integer(), .name = parts[1].integer(), .value = parts[2].bytes()};
}

net::LocalEndpoint parse_local_endpoint(const JsValue& local) {
  return {.address = local["address"].text(),
          .port = parse_port(local),
          .options = each(local["options"], parse_socket_option)};
}

net::proxy::Proxy parse_proxy(const JsValue& proxy) {
  using Kind = net::proxy::Proxy::Kind;
  const std::string kind = proxy["kind"].text();
  return {.kind = kind == "http"     ? Kind::http
                  : kind == "socks4" ? Kind::socks4
                                     : Kind::socks5,
          .host = proxy["host"].text(),
          .port = parse_port(proxy),
          .remote_dns = proxy["remoteNames"].flag(),
          .username = proxy["username"].text(),
          .password = proxy["password"].text()};
}

net::tls::Source parse_source(const JsValue& source) {
  return {.bytes = source["bytes"].bytes(),
          .file = source["file"].text(),
          .passphrase = source["passphrase"].text(),
          .has_passphrase = source["passphrase"].is_string()};
}

std::string to_text(const JsValue& text) {
  return text.text();
}

net::tls::Version parse_version(const JsValue& version) {
  return version.number() == 12 ? net::tls::Version::tls12 : net::tls::Version::tls13;
}

net::tls::Settings parse_tls_settings(const JsValue& tls) {
  net::tls::Settings settings{.revocations = each(tls["revocations"], parse_source),
                              .partial_chains = tls["partialChains"].flag(),
                              .verify = tls["verify"].flag(),
                              .verify_name = tls["verifyName"].flag(),
                              .certificates = each(tls["certificates"], parse_source),
                              .keys = each(tls["keys"], parse_source),
                              .pfx = each(tls["pfx"], parse_source),
                              .ciphers = tls["ciphers"].text(),
                              .min_version = parse_version(tls["minVersion"]),
                              .max_version = parse_version(tls["maxVersion"]),
                              .protocols = each(tls["protocols"], to_text)};
  if (tls["authorities"].is_object()) settings.ca_certificates = each(tls["authorities"], parse_source);
  if (tls["serverName"].is_string()) settings.server_name = tls["serverName"].text();
  return settings;
}

}  // namespace

net::Target parse_target(const JsValue& options, std::shared_ptr<net::tls::Context>& context) {
  net::Target target{
      .host = options["host"].text(), .port = parse_port(options), .path = options["path"].text()};
  if (const JsValue local = options["local"]; local.is_object()) target.local = parse_local_endpoint(local);
  if (const JsValue proxy = options["proxy"]; proxy.is_object()) target.proxy = parse_proxy(proxy);
  if (const JsValue tls = options["tls"]; tls.is_object()) {
    if (!context || tls["reload"].flag())
      context = std::make_shared<net::tls::Context>(parse_tls_settings(tls), context.get());
    target.tls = context;
  }
  if (const JsValue upgrade = options["websocket"]; upgrade.is_object())
    target.websocket = {.request = upgrade["request"].text(), .accept = upgrade["accept"].text()};
  return target;
}

}  // namespace mqtt_native::node
