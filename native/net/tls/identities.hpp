#pragma once

#include <vector>

#include "net/tls/credential_source.hpp"
#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/** Loads the client's identities: each certificate of the settings with its key, then each PFX. */
Result<std::vector<Identity>> load_identities(const Settings& settings);  // dial

}  // namespace mqtt_native::net::tls
