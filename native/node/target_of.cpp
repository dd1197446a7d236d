#include "node/target_of.hpp"

namespace mqtt_native::node {

namespace {

uint16_t port_of(const Input& object) {
  return static_cast<uint16_t>(object["port"].number());
}

/** What `read` makes of each element of an array. */
template <typename Read>
auto each(const Input& array, Read read) {
  std::vector<decltype(read(array))> results;
  for (const Input& element : array.elements()) results.push_back(read(element));
  return results;
}

net::SocketOption socket_option_of(const Input& triple) {
  const auto parts = triple.elements();
  if (parts.size() != 3) return {};
  return {.level = parts[0].integer(), .name = parts[1].integer(), .value = parts[2].bytes()};
}

net::LocalSide local_side_of(const Input& local) {
  return {.address = local["address"].text(),
          .port = port_of(local),
          .options = each(local["options"], socket_option_of)};
}

net::proxy::Proxy proxy_of(const Input& proxy) {
  using Kind = net::proxy::Proxy::Kind;
  const std::string kind = proxy["kind"].text();
  return {.kind = kind == "http"     ? Kind::http
                  : kind == "socks4" ? Kind::socks4
                                     : Kind::socks5,
          .host = proxy["host"].text(),
          .port = port_of(proxy),
          .remote_names = proxy["remoteNames"].flag(),
          .username = proxy["username"].text(),
          .password = proxy["password"].text()};
}

net::tls::Source source_of(const Input& source) {
  return {.bytes = source["bytes"].bytes(),
          .file = source["file"].text(),
          .passphrase = source["passphrase"].text(),
          .has_passphrase = source["passphrase"].is_string()};
}

std::string text_of(const Input& text) {
  return text.text();
}

net::tls::Version version_of(const Input& version) {
  return version.number() == 12 ? net::tls::Version::tls12 : net::tls::Version::tls13;
}

net::tls::Settings tls_settings_of(const Input& tls) {
  net::tls::Settings settings{.revocations = each(tls["revocations"], source_of),
                              .partial_chains = tls["partialChains"].flag(),
                              .verify = tls["verify"].flag(),
                              .verify_name = tls["verifyName"].flag(),
                              .certificates = each(tls["certificates"], source_of),
                              .keys = each(tls["keys"], source_of),
                              .pfx = each(tls["pfx"], source_of),
                              .ciphers = tls["ciphers"].text(),
                              .min_version = version_of(tls["minVersion"]),
                              .max_version = version_of(tls["maxVersion"]),
                              .protocols = each(tls["protocols"], text_of)};
  if (tls["authorities"].is_object()) settings.authorities = each(tls["authorities"], source_of);
  if (tls["serverName"].is_string()) settings.server_name = tls["serverName"].text();
  return settings;
}

}  // namespace

net::Target target_of(const Input& options, std::shared_ptr<net::tls::Context>& context) {
  net::Target target{
      .host = options["host"].text(), .port = port_of(options), .path = options["path"].text()};
  if (const Input local = options["local"]; local.is_object()) target.local = local_side_of(local);
  if (const Input proxy = options["proxy"]; proxy.is_object()) target.proxy = proxy_of(proxy);
  if (const Input tls = options["tls"]; tls.is_object()) {
    if (!context) context = std::make_shared<net::tls::Context>(tls_settings_of(tls));
    target.tls = context;
  }
  if (const Input upgrade = options["websocket"]; upgrade.is_object())
    target.websocket = {.request = upgrade["request"].text(), .accept = upgrade["accept"].text()};
  return target;
}

}  // namespace mqtt_native::node
