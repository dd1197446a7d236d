#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/** An address in its binary form (4 or 16 bytes), when a name is one. An IPv6 zone is left out. */
std::optional<std::vector<unsigned char>> address_in(const std::string& name);

/** A certificate's subject as a sentence can hold it: "CN = broker, O = Example". */
std::string subject_text(X509* certificate);

/** The names that a certificate is for: "DNS:example.org, IP Address:10.0.0.1". */
std::string names_text(X509* certificate);

}  // namespace mqtt_native::net::tls
