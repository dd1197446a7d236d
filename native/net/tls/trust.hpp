#pragma once

#include <span>
#include <vector>

#include "net/tls/material.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/**
 * What the settings trust, and `further` authorities. Those that trust the default authorities and nothing
 * else share one store.
 */
Loaded<Store> make_store(const Settings& settings, std::span<const Certificate> further);  // dial

}  // namespace mqtt_native::net::tls
