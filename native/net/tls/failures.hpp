#pragma once

#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace mqtt_native::net::tls {

/**
 * Takes the thread's OpenSSL error, with Node's name for it (ERR_SSL_WRONG_VERSION_NUMBER). `about` begins
 * the text. All errors of the thread are cleared.
 */
base::Failure openssl_failure(std::string_view about);

/** Returns Node's name of a verification error (X509_V_ERR_...), or OpenSSL's if Node has none. */
std::string verification_code(int error);

}  // namespace mqtt_native::net::tls
