#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/failure.hpp"
#include "net/tls/context.hpp"
#include "net/tls/openssl.hpp"

namespace mqtt_native::net::tls {

template <typename T>
using Result = std::variant<T, base::Failure>;

struct Identity {
  Certificate certificate{};
  Key key{};
  std::vector<Certificate> chain{};
};

/** The bytes of a source, wiped at the end, and its name for messages. The source must outlive it. */
class CredentialSource {
 public:
  /** Reads a source. `role`: its name in messages, such as "ca"; a file is named by its path. */
  static Result<CredentialSource> read(const Source& source, std::string_view role);

  CredentialSource(CredentialSource&&) = default;
  CredentialSource& operator=(CredentialSource&&) = delete;
  ~CredentialSource();

  [[nodiscard]] Result<std::vector<Certificate>> certificates() const;
  [[nodiscard]] Result<std::vector<RevocationList>> revocations() const;
  [[nodiscard]] Result<Key> key() const;
  [[nodiscard]] Result<Identity> pfx() const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::span<const std::byte> bytes() const {
    return source_->bytes.empty() ? from_file_ : source_->bytes;
  }

 private:
  CredentialSource(const Source& source, std::string_view role);

  [[nodiscard]] bool is_der() const;

  const Source* source_;
  std::string name_;
  std::vector<std::byte> from_file_{};
};

template <typename T>
Result<T> load(const Source& source, std::string_view role, Result<T> (CredentialSource::*parse)() const) {
  auto material = CredentialSource::read(source, role);
  if (auto* failure = std::get_if<base::Failure>(&material)) return std::move(*failure);
  return (std::get<CredentialSource>(material).*parse)();
}

/** Loads the client's identities: each certificate of the settings with its key, then each PFX. */
Result<std::vector<Identity>> load_identities(const Settings& settings);  // dial

/** Makes the store of the settings' CA certificates and of `further` ones. All defaults share one store. */
Result<Store> make_store(const Settings& settings, std::span<const Certificate> further);  // dial

}  // namespace mqtt_native::net::tls
