#pragma once

#include <vector>

#include "net/tls/material.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/** Who we are: each of the settings' certificates with its key, then each of their PFX. */
Loaded<std::vector<Identity>> identities_of(const Settings& settings);  // dial

}  // namespace mqtt_native::net::tls
