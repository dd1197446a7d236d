#pragma once

#include <vector>

#include "net/tls/credential_source.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/** Who we are: each of the settings' certificates with its key, then each of their PFX. */
Result<std::vector<Identity>> load_identities(const Settings& settings);  // dial

}  // namespace mqtt_native::net::tls
