#include "tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace mock_broker {

namespace {

template <auto release>
struct Releaser {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};
using Certificate = std::unique_ptr<X509, Releaser<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releaser<X509_EXTENSION_free>>;
using Memory = std::unique_ptr<BIO, Releaser<BIO_free>>;

void check(bool success, const char* what) {
  if (!success) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

void add_extension(X509* certificate, int name, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, nullptr, name, value));
  check(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extend a certificate");
}

Certificate self_signed(EVP_PKEY* key) {
  constexpr long a_day = 24 * 60 * 60;
  Certificate certificate(X509_new());
  check(certificate != nullptr, "make a certificate");
  X509* raw = certificate.get();
  X509_set_version(raw, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), 1);
  X509_gmtime_adj(X509_getm_notBefore(raw), -a_day);
  X509_gmtime_adj(X509_getm_notAfter(raw), a_day);
  X509_set_pubkey(raw, key);
  const auto* name = reinterpret_cast<const unsigned char*>("mock broker");
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_ASC, name, -1, -1, 0);
  X509_set_issuer_name(raw, X509_get_subject_name(raw));
  add_extension(raw, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(raw, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
  check(X509_sign(raw, key, EVP_sha256()) > 0, "sign a certificate");
  return certificate;
}

std::string pem(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  check(memory && PEM_write_bio_X509(memory.get(), certificate) == 1, "write a certificate");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<size_t>(size)};
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(SSL* ssl, int socket) : ssl_(ssl), socket_(socket) {}

  ~TlsTransport() override {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    ::close(socket_);
  }

  /** Reads repeatedly, because OpenSSL returns one record at a time. */
  std::optional<size_t> read(std::span<uint8_t> to) override {
    size_t total = 0;
    has_more_ = false;
    while (total < to.size()) {
      size_t count = 0;
      const int result = SSL_read_ex(ssl_.get(), to.data() + total, to.size() - total, &count);
      total += count;
      if (result == 1) continue;
      if (total > 0 || wants_to_wait(result)) return total;
      return std::nullopt;
    }
    has_more_ = true;
    return total;
  }

  /** Reports bytes as written only after they have left, because nobody would flush the buffered ones. */
  std::optional<size_t> write(View from) override {
    if (buffered_ == 0) {
      while (buffered_ < from.size()) {
        size_t count = 0;
        const int result = SSL_write_ex(ssl_.get(), from.data() + buffered_, from.size() - buffered_, &count);
        buffered_ += count;
        if (result == 1) continue;
        if (!wants_to_wait(result)) return std::nullopt;
        break;
      }
    }
    BIO* buffer = SSL_get_wbio(ssl_.get());
    if (BIO_flush(buffer) != 1)
      return BIO_should_retry(buffer) != 0 ? std::optional<size_t>(0) : std::nullopt;
    return std::exchange(buffered_, 0);
  }

  [[nodiscard]] bool has_more() const override { return has_more_; }

 private:
  bool wants_to_wait(int result) {
    const int error = SSL_get_error(ssl_.get(), result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }

  const std::unique_ptr<SSL, Releaser<SSL_free>> ssl_;
  const int socket_;
  bool has_more_ = false;
  size_t buffered_ = 0;  // encrypted bytes, some of which may not have left
};

/** The size of several records; single ones would cost a system call each, and two on the reading side. */
constexpr size_t buffer_size = 128 * 1024;

/** Puts a write buffer before the socket. Returns null when there is no memory. */
BIO* buffered(BIO* socket) {
  BIO* buffer = BIO_new(BIO_f_buffer());
  if (buffer == nullptr || BIO_set_write_buffer_size(buffer, buffer_size) != 1) return nullptr;
  return BIO_push(buffer, socket);
}

}  // namespace

TlsServer::TlsServer() : context_(SSL_CTX_new(TLS_server_method())) {
  check(context_ != nullptr, "make a context");
  const Key key(EVP_EC_gen("P-256"));
  check(key != nullptr, "make a key");
  const Certificate certificate = self_signed(key.get());
  check(SSL_CTX_use_certificate(context_, certificate.get()) == 1, "use a certificate");
  check(SSL_CTX_use_PrivateKey(context_, key.get()) == 1, "use a key");
  // A failed write is repeated, possibly from another address and with more bytes.
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context_, 1);
  SSL_CTX_set_default_read_buffer_len(context_, buffer_size);
  certificate_ = pem(certificate.get());
}

TlsServer::~TlsServer() {
  SSL_CTX_free(context_);
}

std::unique_ptr<Transport> TlsServer::accept(int socket) {
  SSL* ssl = SSL_new(context_);
  check(ssl != nullptr && SSL_set_fd(ssl, socket) == 1, "begin a connection");
  BIO* out = buffered(SSL_get_rbio(ssl));
  check(out != nullptr && BIO_up_ref(SSL_get_rbio(ssl)) == 1, "begin a connection");
  SSL_set0_wbio(ssl, out);
  SSL_set_accept_state(ssl);
  return std::make_unique<TlsTransport>(ssl, socket);
}

}  // namespace mock_broker
