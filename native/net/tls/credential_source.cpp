#include "net/tls/credential_source.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>
#include <cerrno>
#include <iterator>

namespace mqtt_native::net::tls {

namespace {

/** Larger than any list of certificates: reading an endless device must stop somewhere. */
constexpr size_t largest_source = 64 * 1024 * 1024;

std::optional<base::Failure> read_file(const std::string& path, std::vector<std::byte>& into) {
  // Opening a pipe without a writer would block beyond the deadline.
  const base::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return base::system_failure("open", errno, path);
  std::array<std::byte, 16 * 1024> part;
  std::optional<base::Failure> failure;
  for (;;) {
    const ssize_t count = ::read(file.number(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) failure = base::system_failure("read", errno, path);
    if (count <= 0) break;
    into.insert(into.end(), part.begin(), part.begin() + count);
    if (into.size() > largest_source) failure = base::system_failure("read", EFBIG, path);
    if (failure) break;
  }
  OPENSSL_cleanse(part.data(), part.size());
  return failure;
}

/** The passphrase callback for OpenSSL. It is always set, because OpenSSL's own asks on the terminal. */
struct Passphrase {
  const Source& source;
  bool missing = false;
  bool given = false;

  static int give(char* into, int size, int /*encrypting*/, void* data) {
    auto* self = static_cast<Passphrase*>(data);
    const std::string& passphrase = self->source.passphrase;
    self->missing = !self->source.has_passphrase;
    if (self->missing || passphrase.size() > static_cast<size_t>(size)) return -1;
    std::copy(passphrase.begin(), passphrase.end(), into);
    self->given = true;
    return static_cast<int>(passphrase.size());
  }
};

/** The failure of a wrong passphrase, also for one decryption in 256 that only seems valid. */
base::Failure wrong_passphrase(const std::string& name) {
  return {"ERR_OSSL_BAD_DECRYPT", name + ": bad decrypt (is the passphrase right?)"};
}

base::Failure missing_passphrase(const std::string& name) {
  return {"ERR_MISSING_PASSPHRASE", name + ": it is encrypted, and there is no passphrase"};
}

Bio make_memory_bio(std::span<const std::byte> bytes) {
  return Bio(BIO_new_mem_buf(bytes.empty() ? "" : static_cast<const void*>(bytes.data()),
                             static_cast<int>(bytes.size())));
}

/** Whether the last error says that the text has no further object, and not that an object is bad. */
bool found_no_more() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

/** Reads all objects of a kind, at least one. `next` returns null for a bad object and after the last one. */
template <typename Object>
Result<std::vector<Object>> all_of(const std::string& name, auto next) {
  std::vector<Object> objects;
  ERR_clear_error();
  while (auto* object = next()) objects.emplace_back(object);
  const bool complete = ERR_peek_error() == 0 || found_no_more();
  if (objects.empty() || !complete) return openssl_failure(name);
  ERR_clear_error();
  return objects;
}

template <typename Object>
Result<std::vector<Object>> all_of_text(const std::string& name, std::span<const std::byte> bytes,
                                        const Source& source, auto read_next) {
  const Bio reader = make_memory_bio(bytes);
  Passphrase passphrase{source};
  return all_of<Object>(name,
                        [&] { return read_next(reader.get(), nullptr, Passphrase::give, &passphrase); });
}

template <typename Object>
Result<std::vector<Object>> all_of_der(const std::string& name, std::span<const std::byte> bytes,
                                       auto decode_next) {
  const auto* next = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = next + bytes.size();
  return all_of<Object>(name, [&]() -> decltype(decode_next(nullptr, &next, 0L)) {
    return next == end ? nullptr : decode_next(nullptr, &next, end - next);
  });
}

EVP_PKEY* key_from_der(std::span<const std::byte> bytes, Passphrase& passphrase) {
  EVP_PKEY* key = nullptr;
  const std::unique_ptr<OSSL_DECODER_CTX, FreeWith<OSSL_DECODER_CTX_free>> decoder(
      OSSL_DECODER_CTX_new_for_pkey(&key, "DER", nullptr, nullptr, EVP_PKEY_KEYPAIR, nullptr, nullptr));
  OSSL_DECODER_CTX_set_pem_password_cb(decoder.get(), Passphrase::give, &passphrase);
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t size = bytes.size();
  OSSL_DECODER_from_data(decoder.get(), &data, &size);
  return key;
}

Result<Identity> load_identity(const Source& certificate, const Source& key, std::string_view key_role) {
  auto material = CredentialSource::read(certificate, "certificate");
  if (auto* failure = std::get_if<base::Failure>(&material)) return std::move(*failure);
  auto certificates = std::get<CredentialSource>(material).certificates();
  if (auto* failure = std::get_if<base::Failure>(&certificates)) return std::move(*failure);
  auto its_key = load(key, key_role, &CredentialSource::key);
  if (auto* failure = std::get_if<base::Failure>(&its_key)) return std::move(*failure);
  auto& chain = std::get<0>(certificates);
  Identity identity{std::move(chain.front()), std::move(std::get<Key>(its_key))};
  identity.chain.assign(std::make_move_iterator(chain.begin() + 1), std::make_move_iterator(chain.end()));
  if (X509_check_private_key(identity.certificate.get(), identity.key.get()) != 1)
    return openssl_failure(std::get<CredentialSource>(material).name() + " and its key");
  return identity;
}

}  // namespace

CredentialSource::CredentialSource(const Source& source, std::string_view role)
    : source_(&source), name_(source.bytes.empty() && !source.file.empty() ? source.file : role) {}

CredentialSource::~CredentialSource() {
  OPENSSL_cleanse(from_file_.data(), from_file_.size());
}

Result<CredentialSource> CredentialSource::read(const Source& source, std::string_view role) {
  CredentialSource material(source, role);
  if (source.bytes.size() > largest_source) return base::system_failure("read", EFBIG, material.name());
  if (source.bytes.empty() && !source.file.empty())
    if (auto failure = read_file(source.file, material.from_file_)) return std::move(*failure);
  return material;
}

/** Whether the bytes are DER, which begins with the tag of a sequence. Anything else is PEM. */
bool CredentialSource::is_der() const {
  return !bytes().empty() && bytes().front() == std::byte{0x30};
}

Result<std::vector<Certificate>> CredentialSource::certificates() const {
  if (is_der()) return all_of_der<Certificate>(name_, bytes(), d2i_X509);
  return all_of_text<Certificate>(name_, bytes(), *source_, PEM_read_bio_X509_AUX);
}

Result<std::vector<RevocationList>> CredentialSource::revocations() const {
  if (is_der()) return all_of_der<RevocationList>(name_, bytes(), d2i_X509_CRL);
  return all_of_text<RevocationList>(name_, bytes(), *source_, PEM_read_bio_X509_CRL);
}

Result<Key> CredentialSource::key() const {
  Passphrase passphrase{*source_};
  ERR_clear_error();
  Key key(is_der() ? key_from_der(bytes(), passphrase)
                   : PEM_read_bio_PrivateKey(make_memory_bio(bytes()).get(), nullptr, Passphrase::give,
                                             &passphrase));
  if (!key && passphrase.missing) {
    ERR_clear_error();
    return missing_passphrase(name_);
  }
  if (!key && passphrase.given) {
    ERR_clear_error();
    return wrong_passphrase(name_);
  }
  if (!key) return openssl_failure(name_);
  ERR_clear_error();
  return key;
}

Result<Identity> CredentialSource::pfx() const {
  ERR_clear_error();
  const Pkcs12 pfx(d2i_PKCS12_bio(make_memory_bio(bytes()).get(), nullptr));
  if (!pfx) return openssl_failure(name_);
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  STACK_OF(X509)* chain = nullptr;
  const char* passphrase = source_->has_passphrase ? source_->passphrase.c_str() : nullptr;
  const bool parsed = PKCS12_parse(pfx.get(), passphrase, &key, &certificate, &chain) == 1;
  Identity identity{Certificate(certificate), Key(key)};
  for (int i = 0; i < sk_X509_num(chain); i++) identity.chain.emplace_back(sk_X509_value(chain, i));
  sk_X509_free(chain);
  if (!parsed) {
    const unsigned long error = ERR_peek_error();
    const bool is_locked =
        ERR_GET_LIB(error) == ERR_LIB_PKCS12 && ERR_GET_REASON(error) == PKCS12_R_MAC_VERIFY_FAILURE;
    if (!is_locked || source_->has_passphrase) return openssl_failure(name_);
    ERR_clear_error();
    return missing_passphrase(name_);
  }
  ERR_clear_error();
  if (!identity.certificate || !identity.key)
    return base::Failure{"ERR_CRYPTO_OPERATION_FAILED", name_ + ": it holds no certificate with its key"};
  return identity;
}

Result<std::vector<Identity>> load_identities(const Settings& settings) {
  std::vector<Identity> identities;
  const size_t count = settings.certificates.size();
  // As in Python, a certificate's file may contain the key.
  const bool keys_are_within = settings.keys.empty();
  const auto& keys = keys_are_within ? settings.certificates : settings.keys;
  if (keys.size() != count)
    return base::Failure{"ERR_INVALID_ARG_VALUE", "There must be a key for each certificate: there are " +
                                                      std::to_string(count) + " certificates and " +
                                                      std::to_string(keys.size()) + " keys"};
  for (size_t i = 0; i < count; i++) {
    auto identity = load_identity(settings.certificates[i], keys[i], keys_are_within ? "certificate" : "key");
    if (auto* failure = std::get_if<base::Failure>(&identity)) return std::move(*failure);
    identities.push_back(std::move(std::get<Identity>(identity)));
  }
  for (const Source& pfx : settings.pfx) {
    auto identity = load(pfx, "pfx", &CredentialSource::pfx);
    if (auto* failure = std::get_if<base::Failure>(&identity)) return std::move(*failure);
    identities.push_back(std::move(std::get<Identity>(identity)));
  }
  return identities;
}

}  // namespace mqtt_native::net::tls
