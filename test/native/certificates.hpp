#pragma once

#include <string>
#include <vector>

#include "net/tls/context.hpp"
#include "net/tls/openssl.hpp"

namespace mqtt_native::test {

/** The contents of a certificate to make. */
struct Wanted {
  std::string subject = "localhost";
  std::string names = "DNS:localhost";  // subjectAltName; empty: none
  bool is_authority = false;
  int path_length = -1;  // CAs below it; negative: any number
  long from = -3600;     // seconds from now
  long until = 3600;
  std::string usage{};  // extendedKeyUsage; empty: any
  int rsa_bits = 0;     // zero: an elliptic curve, P-256
  const EVP_MD* digest = EVP_sha256();
};

/** A certificate with its key. */
struct Issued {
  net::tls::Certificate certificate;
  net::tls::Key key;

  [[nodiscard]] std::string pem() const;
  [[nodiscard]] std::string der() const;
  /** Returns the key in PEM, encrypted if there is a passphrase. */
  [[nodiscard]] std::string key_pem(const std::string& passphrase = {}) const;
  [[nodiscard]] std::string key_der() const;
  [[nodiscard]] std::string pfx(const std::string& passphrase, const Issued* authority = nullptr) const;
};

/** Makes a certificate, signed by its issuer or by itself. */
Issued issue(const Wanted& wanted, const Issued* issuer = nullptr);

/** Makes a list of revoked certificates in PEM, valid for this many seconds. */
std::string revoke(const Issued& issuer, const std::vector<const Issued*>& revoked, long until = 3600);

/** Makes a source of the settings in memory. */
net::tls::Source source(const std::string& content);
net::tls::Source source(const std::string& content, const std::string& passphrase);

}  // namespace mqtt_native::test
