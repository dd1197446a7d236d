#include "certificates.hpp"

#include <doctest/doctest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <span>

namespace mqtt_native::test {

namespace {

using net::tls::Bio;

std::string content_of(const Bio& memory) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &begin);
  return {begin, static_cast<size_t>(size)};
}

std::string written(auto write) {
  const Bio memory(BIO_new(BIO_s_mem()));
  REQUIRE(write(memory.get()) == 1);
  return content_of(memory);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

long next_number() {
  static std::atomic<long> number = 1;
  return number++;
}

}  // namespace

Issued issue(const Wanted& wanted, const Issued* issuer) {
  net::tls::initialize_openssl();
  Issued issued{net::tls::Certificate(X509_new()),
                net::tls::Key(wanted.rsa_bits > 0 ? EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits))
                                                  : EVP_EC_gen("P-256"))};
  X509* certificate = issued.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), next_number());
  X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.until);
  X509_set_pubkey(certificate, issued.key.get());
  const auto* name = reinterpret_cast<const unsigned char*>(wanted.subject.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  X509* signer = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  extend(certificate, signer, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) extend(certificate, signer, NID_authority_key_identifier, "keyid");
  if (wanted.is_authority) {
    const std::string limit = wanted.path_length < 0 ? "" : ",pathlen:" + std::to_string(wanted.path_length);
    extend(certificate, signer, NID_basic_constraints, "critical,CA:TRUE" + limit);
    extend(certificate, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  if (!wanted.is_authority && !wanted.names.empty())
    extend(certificate, signer, NID_subject_alt_name, wanted.names);
  if (!wanted.usage.empty()) extend(certificate, signer, NID_ext_key_usage, wanted.usage);
  REQUIRE(X509_sign(certificate, issuer == nullptr ? issued.key.get() : issuer->key.get(), wanted.digest) >
          0);
  return issued;
}

std::string Issued::pem() const {
  return written([this](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
}

std::string Issued::der() const {
  return written([this](BIO* to) { return i2d_X509_bio(to, certificate.get()); });
}

std::string Issued::key_pem(const std::string& passphrase) const {
  const EVP_CIPHER* cipher = passphrase.empty() ? nullptr : EVP_aes_128_cbc();
  return written([&](BIO* to) {
    return PEM_write_bio_PKCS8PrivateKey(to, key.get(), cipher, passphrase.data(),
                                         static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

std::string Issued::key_der() const {
  return written([this](BIO* to) { return i2d_PrivateKey_bio(to, key.get()); });
}

std::string Issued::pfx(const std::string& passphrase, const Issued* authority) const {
  STACK_OF(X509)* chain = sk_X509_new_null();
  if (authority != nullptr) sk_X509_push(chain, authority->certificate.get());
  const net::tls::Pkcs12 pfx(
      PKCS12_create(passphrase.c_str(), "test", key.get(), certificate.get(), chain, 0, 0, 0, 0, 0));
  sk_X509_free(chain);
  return written([&](BIO* to) { return i2d_PKCS12_bio(to, pfx.get()); });
}

std::string revoke(const Issued& issuer, const std::vector<const Issued*>& revoked, long until) {
  const net::tls::RevocationList list(X509_CRL_new());
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get()));
  ASN1_TIME* time = X509_gmtime_adj(nullptr, -7200);
  X509_CRL_set1_lastUpdate(list.get(), time);
  for (const Issued* one : revoked) {
    X509_REVOKED* entry = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->certificate.get()));
    X509_REVOKED_set_revocationDate(entry, time);
    X509_CRL_add0_revoked(list.get(), entry);
  }
  X509_gmtime_adj(time, until);
  X509_CRL_set1_nextUpdate(list.get(), time);
  ASN1_TIME_free(time);
  X509_CRL_sort(list.get());
  REQUIRE(X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()) > 0);
  return written([&](BIO* to) { return PEM_write_bio_X509_CRL(to, list.get()); });
}

net::tls::Source source(const std::string& content) {
  const auto bytes = std::as_bytes(std::span(content));
  return {.bytes = {bytes.begin(), bytes.end()}};
}

net::tls::Source source(const std::string& content, const std::string& passphrase) {
  net::tls::Source with = source(content);
  with.passphrase = passphrase;
  with.has_passphrase = true;
  return with;
}

}  // namespace mqtt_native::test
