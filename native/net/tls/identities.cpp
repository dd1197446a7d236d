#include "net/tls/identities.hpp"

#include <openssl/err.h>

#include <iterator>
#include <string>
#include <utility>

#include "net/tls/failures.hpp"

namespace mqtt_native::net::tls {

namespace {

Result<Key> load_key(const Source& source, std::string_view role) {
  auto material = CredentialSource::read(source, role);
  if (auto* failure = std::get_if<base::Failure>(&material)) return std::move(*failure);
  return std::get<CredentialSource>(material).key();
}

Result<Identity> load_identity(const Source& certificate, const Source& key, std::string_view key_role) {
  auto material = CredentialSource::read(certificate, "certificate");
  if (auto* failure = std::get_if<base::Failure>(&material)) return std::move(*failure);
  auto certificates = std::get<CredentialSource>(material).certificates();
  if (auto* failure = std::get_if<base::Failure>(&certificates)) return std::move(*failure);
  auto its_key = load_key(key, key_role);
  if (auto* failure = std::get_if<base::Failure>(&its_key)) return std::move(*failure);
  auto& chain = std::get<0>(certificates);
  Identity identity{std::move(chain.front()), std::move(std::get<Key>(its_key))};
  identity.chain.assign(std::make_move_iterator(chain.begin() + 1), std::make_move_iterator(chain.end()));
  if (X509_check_private_key(identity.certificate.get(), identity.key.get()) != 1)
    return openssl_failure(std::get<CredentialSource>(material).name() + " and its key");
  return identity;
}

Result<Identity> identity_in(const Source& pfx) {
  auto material = CredentialSource::read(pfx, "pfx");
  if (auto* failure = std::get_if<base::Failure>(&material)) return std::move(*failure);
  return std::get<CredentialSource>(material).pfx();
}

}  // namespace

Result<std::vector<Identity>> load_identities(const Settings& settings) {
  std::vector<Identity> identities;
  const size_t count = settings.certificates.size();
  // As in Python, a certificate's file may contain the key.
  const bool keys_are_within = settings.keys.empty();
  const auto& keys = keys_are_within ? settings.certificates : settings.keys;
  if (keys.size() != count)
    return base::Failure{"ERR_INVALID_ARG_VALUE", "There must be a key for each certificate: there are " +
                                                      std::to_string(count) + " certificates and " +
                                                      std::to_string(keys.size()) + " keys"};
  for (size_t i = 0; i < count; i++) {
    auto identity = load_identity(settings.certificates[i], keys[i], keys_are_within ? "certificate" : "key");
    if (auto* failure = std::get_if<base::Failure>(&identity)) return std::move(*failure);
    identities.push_back(std::move(std::get<Identity>(identity)));
  }
  for (const Source& pfx : settings.pfx) {
    auto identity = identity_in(pfx);
    if (auto* failure = std::get_if<base::Failure>(&identity)) return std::move(*failure);
    identities.push_back(std::move(std::get<Identity>(identity)));
  }
  return identities;
}

}  // namespace mqtt_native::net::tls
