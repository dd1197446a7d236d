#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mqtt_native::net::tls {

/** A certificate, a key or a list of them: PEM or DER, in memory or in a file. */
struct Source {
  std::vector<std::byte> bytes{};
  std::string file{};           // to be read, when there are no bytes
  std::string passphrase{};     // of a key or a PFX that is encrypted
  bool has_passphrase = false;  // an empty one is one, too
};

enum class Version : uint8_t { tls12, tls13 };

/** How to speak TLS with a broker, and whom to believe. */
struct Settings {
  // What we trust. Nothing: what Node trusts.
  std::optional<std::vector<Source>> ca_certificates{};
  std::vector<Source>
      revocations{};            // lists of revoked certificates; any: each certificate of a chain is checked
  bool partial_chains = false;  // an authority need not be self-signed
  bool verify = true;           // the peer's chain, and its name
  bool verify_name = true;

  // Who we are: certificates (each followed by its chain) with their keys, in order; or both in one, PKCS
  // #12.
  std::vector<Source> certificates{};
  std::vector<Source> keys{};
  std::vector<Source> pfx{};

  std::optional<std::string> server_name{};  // to ask for and to check; nothing: the host
  std::string ciphers{};                     // OpenSSL's lists, of TLS 1.2 and 1.3 alike; empty: its defaults
  Version min_version = Version::tls12;
  Version max_version = Version::tls13;
  std::vector<std::string> protocols{};  // ALPN
};

}  // namespace mqtt_native::net::tls
