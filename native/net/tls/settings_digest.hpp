#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "net/tls/settings.hpp"

namespace mqtt_native::net::tls {

/** SHA-256 of TLS settings and of the files that they name. */
using SettingsDigest = std::array<unsigned char, 32>;

/** Computes the digest. Returns nothing if a file cannot be read. */
std::optional<SettingsDigest> compute_digest(const Settings& settings);  // dial

}  // namespace mqtt_native::net::tls
