#pragma once

#include <span>

#include "net/tls/credential_source.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/**
 * Makes the store of the settings' CA certificates and of `further` ones. Settings with the default
 * certificates alone share one store.
 */
Result<Store> make_store(const Settings& settings, std::span<const Certificate> further);  // dial

}  // namespace mqtt_native::net::tls
