#include "node/target_of.hpp"

#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

std::string text(const Napi::Object& object, const char* name) {
  return string_of(object.Env(), object.Get(name));
}

bool flag(const Napi::Object& object, const char* name) {
  return object.Get(name).ToBoolean();
}

uint16_t port(const Napi::Object& object) {
  return static_cast<uint16_t>(uint32_of(object.Get("port")));
}

/** What `read` makes of each element of an array. */
template <typename Read>
auto each(const Napi::Value& array, Read read) {
  const auto list = array.As<Napi::Array>();
  std::vector<decltype(read(list.Get(0U)))> results;
  for (uint32_t i = 0; i < list.Length(); i++) results.push_back(read(list.Get(i)));
  return results;
}

net::SocketOption socket_option_of(const Napi::Value& value) {
  const auto triple = value.As<Napi::Array>();
  return {.level = triple.Get(0U).As<Napi::Number>().Int32Value(),
          .name = triple.Get(1U).As<Napi::Number>().Int32Value(),
          .value = BytesArgument(value.Env(), triple.Get(2U)).copy()};
}

net::LocalSide local_side_of(const Napi::Object& local) {
  return {.address = text(local, "address"),
          .port = port(local),
          .options = each(local.Get("options"), socket_option_of)};
}

net::proxy::Proxy proxy_of(const Napi::Object& proxy) {
  using Kind = net::proxy::Proxy::Kind;
  const std::string kind = text(proxy, "kind");
  return {.kind = kind == "http"     ? Kind::http
                  : kind == "socks4" ? Kind::socks4
                                     : Kind::socks5,
          .host = text(proxy, "host"),
          .port = port(proxy),
          .remote_names = flag(proxy, "remoteNames"),
          .username = text(proxy, "username"),
          .password = text(proxy, "password")};
}

net::tls::Source source_of(const Napi::Value& value) {
  const auto source = value.As<Napi::Object>();
  return {.bytes = BytesArgument(value.Env(), source.Get("bytes")).copy(),
          .file = text(source, "file"),
          .passphrase = text(source, "passphrase"),
          .has_passphrase = source.Get("passphrase").IsString()};
}

net::tls::Version version_of(const Napi::Value& value) {
  return uint32_of(value) == 12 ? net::tls::Version::tls12 : net::tls::Version::tls13;
}

net::tls::Settings tls_settings_of(const Napi::Object& tls) {
  const Napi::Value authorities = tls.Get("authorities");
  const Napi::Value server_name = tls.Get("serverName");
  const auto protocol_of = [](const Napi::Value& value) { return string_of(value.Env(), value); };
  net::tls::Settings settings{.revocations = each(tls.Get("revocations"), source_of),
                              .partial_chains = flag(tls, "partialChains"),
                              .verify = flag(tls, "verify"),
                              .verify_name = flag(tls, "verifyName"),
                              .certificates = each(tls.Get("certificates"), source_of),
                              .keys = each(tls.Get("keys"), source_of),
                              .pfx = each(tls.Get("pfx"), source_of),
                              .ciphers = text(tls, "ciphers"),
                              .min_version = version_of(tls.Get("minVersion")),
                              .max_version = version_of(tls.Get("maxVersion")),
                              .protocols = each(tls.Get("protocols"), protocol_of)};
  if (authorities.IsArray()) settings.authorities = each(authorities, source_of);
  if (server_name.IsString()) settings.server_name = string_of(tls.Env(), server_name);
  return settings;
}

}  // namespace

net::Target target_of(const Napi::Object& options, std::shared_ptr<net::tls::Context>& context) {
  net::Target target{.host = text(options, "host"), .port = port(options), .path = text(options, "path")};
  const auto read = [&options](const char* name, auto use) {
    if (const Napi::Value value = options.Get(name); value.IsObject()) use(value.As<Napi::Object>());
  };
  read("local", [&](const Napi::Object& local) { target.local = local_side_of(local); });
  read("proxy", [&](const Napi::Object& proxy) { target.proxy = proxy_of(proxy); });
  read("tls", [&](const Napi::Object& tls) {
    if (!context) context = std::make_shared<net::tls::Context>(tls_settings_of(tls));
    target.tls = context;
  });
  read("websocket", [&](const Napi::Object& upgrade) {
    target.websocket = {.request = text(upgrade, "request"), .accept = text(upgrade, "accept")};
  });
  return target;
}

}  // namespace mqtt_native::node
