#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

/** Returns the binary form (4 or 16 bytes) of a name that is an IP address. An IPv6 zone is removed. */
std::optional<std::vector<unsigned char>> address_in(const std::string& name);

/** Returns a certificate's subject for messages: "CN = broker, O = Example". */
std::string subject_text(X509* certificate);

/** Returns the names of a certificate: "DNS:example.org, IP Address:10.0.0.1". */
std::string names_text(X509* certificate);

}  // namespace mqtt_native::net::tls
