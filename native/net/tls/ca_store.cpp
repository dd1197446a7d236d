#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <utility>

#include "net/tls/context.hpp"
#include "net/tls/credential_source.hpp"

namespace mqtt_native::net::tls {

namespace {

/** Has OpenSSL cache the certificate's extensions before other threads have it. */
void add_certificate(X509_STORE* store, X509* certificate) {
  constexpr int any_purpose = -1;
  X509_check_purpose(certificate, any_purpose, 0);
  X509_STORE_add_cert(store, certificate);
}

/** The process's default CA certificates. They are parsed at first use, which takes some milliseconds. */
class DefaultAuthorities {
 public:
  static DefaultAuthorities& get() {
    static auto* const ca_certificates =
        new DefaultAuthorities;  // never deleted, because dial threads may outlive statics
    return *ca_certificates;
  }

  void set(std::string pem) {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_set_, true)) return;
    pem_ = std::move(pem);
  }

  void add_to(X509_STORE* store) {
    const std::lock_guard lock(mutex_);
    parse();
    for (const Certificate& certificate : certificates_) add_certificate(store, certificate.get());
  }

  Store shared_store() {
    const std::lock_guard lock(mutex_);
    parse();
    if (!store_) {
      store_.reset(X509_STORE_new());
      for (const Certificate& certificate : certificates_) add_certificate(store_.get(), certificate.get());
    }
    X509_STORE_up_ref(store_.get());
    return Store(store_.get());
  }

 private:
  /** Parses the PEM text. One bad entry of a system's list must not break all connections. */
  void parse() {
    if (pem_.empty()) return;
    const Bio reader(BIO_new_mem_buf(pem_.data(), static_cast<int>(pem_.size())));
    const auto refuse = [](char*, int, int, void*) { return -1; };
    while (!BIO_eof(reader.get()))
      if (X509* certificate = PEM_read_bio_X509_AUX(reader.get(), nullptr, refuse, nullptr))
        certificates_.emplace_back(certificate);
    ERR_clear_error();
    pem_ = {};
  }

  std::mutex mutex_;
  bool is_set_ = false;
  std::string pem_;  // until parsed
  std::vector<Certificate> certificates_;
  Store store_;
};

std::optional<base::Failure> add_each(std::span<const Source> sources, std::string_view role, auto parse,
                                      auto add) {
  for (const Source& source : sources) {
    auto objects = load(source, role, parse);
    if (auto* failure = std::get_if<base::Failure>(&objects)) return std::move(*failure);
    for (const auto& object : std::get<0>(objects)) add(object.get());
  }
  return std::nullopt;
}

}  // namespace

void set_default_certificates(std::string pem) {
  DefaultAuthorities::get().set(std::move(pem));
}

Result<Store> make_store(const Settings& settings, std::span<const Certificate> further) {
  if (!settings.ca_certificates && settings.revocations.empty() && further.empty())
    return DefaultAuthorities::get().shared_store();
  Store store(X509_STORE_new());
  if (!settings.ca_certificates) DefaultAuthorities::get().add_to(store.get());
  if (settings.ca_certificates)
    if (auto failure = add_each(*settings.ca_certificates, "ca", &CredentialSource::certificates,
                                [&](X509* certificate) { add_certificate(store.get(), certificate); }))
      return std::move(*failure);
  if (auto failure = add_each(settings.revocations, "crl", &CredentialSource::revocations,
                              [&](X509_CRL* list) { X509_STORE_add_crl(store.get(), list); }))
    return std::move(*failure);
  for (const Certificate& certificate : further) add_certificate(store.get(), certificate.get());
  return store;
}

}  // namespace mqtt_native::net::tls
