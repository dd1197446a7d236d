#pragma once

#include <string>
#include <string_view>

#include "base/failure.hpp"

namespace mqtt_native::net::tls {

/**
 * The error that OpenSSL has noted on this thread, under Node's name for it:
 * ERR_SSL_WRONG_VERSION_NUMBER. `about` begins the text. The thread's errors are forgotten.
 */
base::Failure openssl_failure(std::string_view about);

/** Node's name of what is wrong with a certificate (X509_V_ERR_...), or OpenSSL's where Node has none. */
std::string verification_code(int error);

}  // namespace mqtt_native::net::tls
