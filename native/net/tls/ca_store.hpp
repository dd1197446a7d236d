#pragma once

#include <span>
#include <vector>

#include "net/tls/credential_source.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/**
 * What the settings trust, and `further` authorities. Those that trust the default authorities and nothing
 * else share one store.
 */
Result<Store> make_store(const Settings& settings, std::span<const Certificate> further);  // dial

}  // namespace mqtt_native::net::tls
