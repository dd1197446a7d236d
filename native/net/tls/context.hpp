#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/connect_deadline.hpp"
#include "net/stream.hpp"

namespace mqtt_native::net::tls {

/** A certificate, a key or a list of them: PEM or DER, in memory or in a file. */
struct Source {
  std::vector<std::byte> bytes{};
  std::string file{};           // read if there are no bytes
  std::string passphrase{};     // of an encrypted key or PFX
  bool has_passphrase = false;  // an empty passphrase counts
};

enum class Version : uint8_t { tls12, tls13 };

struct Settings {
  // Trusted CA certificates; nothing: those of Node.
  std::optional<std::vector<Source>> ca_certificates{};
  std::vector<Source> revocations{};  // if not empty, each certificate of a chain is checked
  bool partial_chains = false;        // a trusted certificate need not be self-signed
  bool verify = true;                 // verify the peer's chain, and its name
  bool verify_name = true;

  // Client certificates (each followed by its chain) with their keys, in order; or both in one file (PKCS
  // #12).
  std::vector<Source> certificates{};
  std::vector<Source> keys{};
  std::vector<Source> pfx{};

  std::optional<std::string> server_name{};  // for SNI and verification; nothing: the host
  std::string ciphers{};  // an OpenSSL list, for TLS 1.2 and 1.3 alike; empty: the defaults
  Version min_version = Version::tls12;
  Version max_version = Version::tls13;
  std::vector<std::string> protocols{};  // ALPN
};

/**
 * The common state of a client's TLS connections. Files are read and certificates parsed at first use, and
 * after a success never again. The context also keeps the latest session for resumption. A context that
 * follows another one reads the files again, and goes on with the state of that one if nothing has changed.
 */
class Context {
 public:
  /** `previous`: the context of an earlier attempt. If nothing has changed since, its state is used again. */
  explicit Context(Settings settings, const Context* previous = nullptr);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /** Performs a TLS handshake over a stream with a host, which must prove its name. */
  DialResult secure(std::unique_ptr<Stream> stream, const std::string& host,
                    const ConnectDeadline& deadline);  // dial

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

/** Sets the CA certificates (PEM) for contexts without their own. Only the first call has an effect. */
void set_default_certificates(std::string pem);  // any

}  // namespace mqtt_native::net::tls
