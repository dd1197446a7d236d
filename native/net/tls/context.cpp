#include "net/tls/context.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>

#include <array>
#include <mutex>

#include "net/tls/ciphertext_bio.hpp"
#include "net/tls/credential_source.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/peer.hpp"
#include "net/tls/tls_stream.hpp"

namespace mqtt_native::net::tls {

namespace {

/** SHA-256 of TLS settings and of the files that they name. */
using SettingsDigest = std::array<unsigned char, 32>;

using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;

/** Feeds a digest. Each part is preceded by its size, so that no two settings have the same bytes. */
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) {
    ok_ = context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }

  void add(std::span<const std::byte> bytes) {
    add_number(bytes.size());
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  void add_number(uint64_t number) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), &number, sizeof number) == 1;
  }

  void add(const std::vector<Source>& sources) {
    add_number(sources.size());
    for (const Source& source : sources) {
      const auto read = CredentialSource::read(source, "");
      const auto* content = std::get_if<CredentialSource>(&read);
      ok_ = ok_ && content != nullptr;
      if (content != nullptr) add(content->bytes());
      add(source.passphrase);
      add_number(source.has_passphrase ? 1 : 0);
    }
  }

  std::optional<SettingsDigest> finish() {
    SettingsDigest digest{};
    if (!ok_ || EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1) return std::nullopt;
    return digest;
  }

 private:
  DigestContext context_;
  bool ok_ = false;
};

/** Computes the digest. Returns nothing if a file cannot be read. */
std::optional<SettingsDigest> compute_digest(const Settings& settings) {
  initialize_openssl();
  Hasher hasher;
  hasher.add_number(settings.ca_certificates ? 1 : 0);
  if (settings.ca_certificates) hasher.add(*settings.ca_certificates);
  for (const auto* sources : {&settings.revocations, &settings.certificates, &settings.keys, &settings.pfx})
    hasher.add(*sources);
  for (const bool flag : {settings.partial_chains, settings.verify, settings.verify_name})
    hasher.add_number(flag ? 1 : 0);
  hasher.add_number(settings.server_name ? 1 : 0);
  hasher.add(settings.server_name.value_or(""));
  hasher.add(settings.ciphers);
  hasher.add_number(static_cast<uint64_t>(settings.min_version));
  hasher.add_number(static_cast<uint64_t>(settings.max_version));
  for (const std::string& protocol : settings.protocols) hasher.add(protocol);
  return hasher.finish();
}

/** The security level of Debian's OpenSSL, and of Node since 24: no RSA keys below 2048 bits, no SHA-1. */
constexpr int security_level = 2;

int to_openssl_version(Version version) {
  return version == Version::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
}

/** Sets the ciphers from one list, as Node does: names with TLS_ belong to TLS 1.3, all others to TLS 1.2. */
std::optional<base::Failure> set_ciphers(SSL_CTX* context, std::string_view ciphers) {
  std::string tls12;
  std::string tls13;
  while (!ciphers.empty()) {
    const std::string_view cipher = ciphers.substr(0, ciphers.find(':'));
    ciphers.remove_prefix(std::min(cipher.size() + 1, ciphers.size()));
    std::string& list = cipher.starts_with("TLS_") ? tls13 : tls12;
    if (!list.empty() && !cipher.empty()) list += ':';
    list += cipher;
  }
  const bool known = (tls13.empty() || SSL_CTX_set_ciphersuites(context, tls13.c_str()) == 1) &&
                     (tls12.empty() || SSL_CTX_set_cipher_list(context, tls12.c_str()) == 1);
  if (!known) return openssl_failure("ciphers");
  if (tls12.empty() && !tls13.empty()) SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  return std::nullopt;
}

std::optional<base::Failure> set_protocols(SSL_CTX* context, const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255)
      return base::Failure{"ERR_INVALID_ARG_VALUE", "A name of a protocol (ALPN) has 1 to 255 bytes"};
    list += static_cast<char>(protocol.size());
    list += protocol;
  }
  if (list.empty()) return std::nullopt;
  const auto* bytes = reinterpret_cast<const unsigned char*>(list.data());
  if (SSL_CTX_set_alpn_protos(context, bytes, static_cast<unsigned>(list.size())) != 0)
    return openssl_failure("ALPN");
  return std::nullopt;
}

std::optional<base::Failure> use(SSL_CTX* context, const Identity& identity) {
  STACK_OF(X509)* chain = sk_X509_new_null();
  for (const Certificate& certificate : identity.chain) sk_X509_push(chain, certificate.get());
  const bool used = SSL_CTX_use_cert_and_key(context, identity.certificate.get(), identity.key.get(),
                                             identity.chain.empty() ? nullptr : chain, 1) == 1;
  sk_X509_free(chain);  // the context holds references to the certificates
  if (used) return std::nullopt;
  return openssl_failure("certificate");
}

/** Sets the client's certificates and the CA certificates. As in Node, those of a PFX are trusted, too. */
std::optional<base::Failure> set_certificates(SSL_CTX* context, const Settings& settings) {
  auto identities = load_identities(settings);
  if (auto* failure = std::get_if<base::Failure>(&identities)) return std::move(*failure);
  std::vector<Certificate> further;
  for (size_t i = 0; i < std::get<0>(identities).size(); i++) {
    Identity& identity = std::get<0>(identities)[i];
    if (auto failure = use(context, identity)) return failure;
    if (i < settings.certificates.size()) continue;
    for (Certificate& certificate : identity.chain) further.push_back(std::move(certificate));
  }
  auto store = make_store(settings, further);
  if (auto* failure = std::get_if<base::Failure>(&store)) return std::move(*failure);
  SSL_CTX_set_cert_store(context, std::get<Store>(store).release());
  unsigned long flags = 0;
  if (settings.partial_chains) flags |= X509_V_FLAG_PARTIAL_CHAIN;
  if (!settings.revocations.empty()) flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), flags);
  return std::nullopt;
}

Result<SslContext> make_context(const Settings& settings) {
  initialize_openssl();
  ERR_clear_error();
  SslContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return openssl_failure("TLS");
  SSL_CTX_set_security_level(context.get(), security_level);
  SSL_CTX_set_min_proto_version(context.get(), to_openssl_version(settings.min_version));
  SSL_CTX_set_max_proto_version(context.get(), to_openssl_version(settings.max_version));
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_default_read_buffer_len(context.get(), CiphertextBio::read_size);
  Peer::configure(context.get());
  if (auto failure = set_ciphers(context.get(), settings.ciphers)) return std::move(*failure);
  if (auto failure = set_protocols(context.get(), settings.protocols)) return std::move(*failure);
  if (auto failure = set_certificates(context.get(), settings)) return std::move(*failure);
  return context;
}

void wipe(std::vector<Source>& sources) {
  for (Source& source : sources) {
    OPENSSL_cleanse(source.bytes.data(), source.bytes.size());
    OPENSSL_cleanse(source.passphrase.data(), source.passphrase.size());
  }
  sources.clear();
}

std::string without_last_dot(std::string name) {
  if (name.ends_with('.')) name.pop_back();
  return name;
}

/** A context, the digest of its settings, and the sessions to be resumed. */
struct Prepared {
  SslContext context{};
  std::optional<SettingsDigest> digest{};
  std::shared_ptr<SessionCache> sessions = std::make_shared<SessionCache>();

  [[nodiscard]] Prepared share() const {
    if (context) SSL_CTX_up_ref(context.get());
    return {SslContext(context.get()), digest, sessions};
  }
};

}  // namespace

struct Context::State {
  std::mutex mutex;
  Settings settings;
  Prepared prepared{};
  Prepared inherited{};  // from an earlier attempt, until this one has its own

  State(Settings given, Prepared previous) : settings(std::move(given)), inherited(std::move(previous)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { forget_inputs(); }

  /** Creates the SSL object of a connection. Loads the settings unless an earlier call has succeeded. */
  Result<Ssl> begin() {
    const std::lock_guard lock(mutex);
    if (!prepared.context) {
      if (auto failure = load()) return std::move(*failure);
      forget_inputs();
    }
    return Ssl(SSL_new(prepared.context.get()));
  }

  /** Returns the state for the context of a later attempt. */
  Prepared share() {
    const std::lock_guard lock(mutex);
    return prepared.context ? prepared.share() : inherited.share();
  }

  std::optional<base::Failure> load() {
    const auto digest = compute_digest(settings);
    if (inherited.context && digest && digest == inherited.digest) {
      prepared = std::exchange(inherited, {});
      return std::nullopt;
    }
    // A session of other certificates is not resumed: it would escape the new ones.
    auto made = make_context(settings);
    if (auto* failure = std::get_if<base::Failure>(&made)) return std::move(*failure);
    prepared = {.context = std::move(std::get<SslContext>(made)), .digest = digest};
    inherited = {};
    return std::nullopt;
  }

  void forget_inputs() {
    for (auto* sources : {&settings.certificates, &settings.keys, &settings.pfx}) wipe(*sources);
    settings.ca_certificates.reset();
    settings.revocations.clear();
  }

  [[nodiscard]] std::unique_ptr<Peer> peer(const std::string& host) const {
    const std::string asked = without_last_dot(settings.server_name.value_or(host));
    std::string name = asked.empty() ? without_last_dot(host) : asked;
    if (name.empty()) name = "localhost";
    return std::make_unique<Peer>(std::move(name), asked, prepared.sessions);
  }
};

Context::Context(Settings settings, const Context* previous)
    : state_(std::make_unique<State>(std::move(settings),
                                     previous == nullptr ? Prepared{} : previous->state_->share())) {}

Context::~Context() = default;

DialResult Context::secure(std::unique_ptr<Stream> stream, const std::string& host,
                           const ConnectDeadline& deadline) {
  auto begun = state_->begin();
  if (auto* failure = std::get_if<base::Failure>(&begun)) return std::move(*failure);
  Ssl ssl = std::move(std::get<Ssl>(begun));
  if (!ssl) return openssl_failure("TLS");
  auto peer = state_->peer(host);
  if (auto failure = peer->attach(ssl.get(), state_->settings.verify, state_->settings.verify_name))
    return std::move(*failure);
  auto secured = std::make_unique<TlsStream>(std::move(stream), std::move(ssl), std::move(peer));
  if (auto failure = secured->negotiate(deadline)) return std::move(*failure);
  return std::unique_ptr<Stream>(std::move(secured));
}

}  // namespace mqtt_native::net::tls
