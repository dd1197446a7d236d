#pragma once

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace mqtt_native::net::tls {

template <auto free_object>
struct FreeWith {
  void operator()(auto* object) const { free_object(object); }
};

using Bio = std::unique_ptr<BIO, FreeWith<BIO_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;
using RevocationList = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;
using Session = std::unique_ptr<SSL_SESSION, FreeWith<SSL_SESSION_free>>;
using Ssl = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SslContext = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using Store = std::unique_ptr<X509_STORE, FreeWith<X509_STORE_free>>;

/** Initialises the library once, without a configuration file, and without cleanup under running threads. */
inline void initialize_openssl() {  // any
  static std::once_flag once;
  std::call_once(once, [] {
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, nullptr);
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  });
}

/** Takes the thread's OpenSSL error under Node's name for it, and clears all. `about` begins the text. */
base::Failure openssl_failure(std::string_view about);

/** Returns Node's name of a verification error (X509_V_ERR_...), or OpenSSL's if Node has none. */
std::string verification_code(int error);

}  // namespace mqtt_native::net::tls
