#include "net/tls/settings_digest.hpp"

#include <memory>
#include <string_view>
#include <variant>

#include "net/tls/credential_source.hpp"
#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

namespace {

using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

/** Feeds a digest. Each part is preceded by its size, so that no two settings have the same bytes. */
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) {
    ok_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }

  void add(std::span<const std::byte> bytes) {
    add_number(bytes.size());
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  void add_number(uint64_t number) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), &number, sizeof number) == 1;
  }

  void add(const std::vector<Source>& sources) {
    add_number(sources.size());
    for (const Source& source : sources) {
      const auto read = CredentialSource::read(source, "");
      const auto* content = std::get_if<CredentialSource>(&read);
      ok_ = ok_ && content != nullptr;
      if (content != nullptr) add(content->bytes());
      add(source.passphrase);
      add_number(source.has_passphrase ? 1 : 0);
    }
  }

  std::optional<SettingsDigest> finish() {
    SettingsDigest digest{};
    if (!ok_ || EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) return std::nullopt;
    return digest;
  }

 private:
  DigestContext context_;
  bool ok_ = false;
};

}  // namespace

std::optional<SettingsDigest> compute_digest(const Settings& settings) {
  initialize_openssl();
  Hasher hasher;
  hasher.add_number(settings.ca_certificates ? 1 : 0);
  if (settings.ca_certificates) hasher.add(*settings.ca_certificates);
  for (const auto* sources : {&settings.revocations, &settings.certificates, &settings.keys, &settings.pfx})
    hasher.add(*sources);
  for (const bool flag : {settings.partial_chains, settings.verify, settings.verify_name})
    hasher.add_number(flag ? 1 : 0);
  hasher.add_number(settings.server_name ? 1 : 0);
  hasher.add(settings.server_name.value_or(""));
  hasher.add(settings.ciphers);
  hasher.add_number(static_cast<uint64_t>(settings.min_version));
  hasher.add_number(static_cast<uint64_t>(settings.max_version));
  for (const std::string& protocol : settings.protocols) hasher.add(protocol);
  return hasher.finish();
}

}  // namespace mqtt_native::net::tls
