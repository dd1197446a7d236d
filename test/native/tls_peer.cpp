#include "tls_peer.hpp"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>

namespace mqtt_native::test {

using State = net::Transfer::State;

net::tls::SslContext server_context(const ServerOptions& options) {
  net::tls::initialize_openssl();
  net::tls::SslContext context(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_set_security_level(context.get(), 0);
  if (options.version != 0) {
    SSL_CTX_set_min_proto_version(context.get(), options.version);
    SSL_CTX_set_max_proto_version(context.get(), options.version);
  }
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("test"), 4);
  REQUIRE(SSL_CTX_use_certificate(context.get(), options.identity->certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(context.get(), options.identity->key.get()) == 1);
  for (const Issued* link : options.chain) SSL_CTX_add1_chain_cert(context.get(), link->certificate.get());
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  if (options.client_authority != nullptr) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), options.client_authority->certificate.get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  if (!options.protocol.empty()) {
    static std::string selected;  // the caller must keep the callback's memory
    selected = options.protocol;
    SSL_CTX_set_alpn_select_cb(
        context.get(),
        [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered, unsigned count,
           void*) {
          const std::string_view all(reinterpret_cast<const char*>(offered), count);
          if (all.find(selected) == std::string_view::npos) return SSL_TLSEXT_ERR_NOACK;
          *out = reinterpret_cast<const unsigned char*>(selected.data());
          *size = static_cast<unsigned char>(selected.size());
          return SSL_TLSEXT_ERR_OK;
        },
        nullptr);
  }
  if (options.largest_record > 0)
    SSL_CTX_set_max_send_fragment(context.get(), static_cast<long>(options.largest_record));
  return context;
}

class TlsPeer::Wire final : public net::Stream {
 public:
  explicit Wire(TlsPeer& peer) : peer_(peer) {}

  net::Transfer read(std::span<std::byte> into) override {
    peer_.step();
    const bool cut = peer_.cut_after.has_value();
    const size_t allowed = cut ? *peer_.cut_after - std::min(*peer_.cut_after, peer_.passed) : SIZE_MAX;
    const size_t here = std::min({peer_.to_client.size(), peer_.readable, allowed});
    const size_t count = std::min({here, into.size(), peer_.read_at_most});
    if (count == 0 && cut && allowed == 0)
      return peer_.read_error == 0 ? net::Transfer{State::ended}
                                   : net::Transfer{State::failed, 0, peer_.read_error};
    if (count == 0) return {State::blocked};
    std::copy_n(peer_.to_client.begin(), count, into.begin());
    peer_.to_client.erase(peer_.to_client.begin(), peer_.to_client.begin() + static_cast<ptrdiff_t>(count));
    peer_.passed += count;
    if (peer_.readable != SIZE_MAX) peer_.readable -= count;
    return {count == here && count < into.size() ? State::drained : State::moved, count};
  }

  net::Transfer write(std::span<const iovec> from) override {
    peer_.writes++;
    if (peer_.write_error != 0) return {State::failed, 0, peer_.write_error};
    if (peer_.writable == 0) return {State::blocked};
    size_t limit = std::min(peer_.writable, peer_.write_at_most);
    size_t total = 0;
    for (const iovec& part : from) {
      const size_t count = std::min(part.iov_len, limit);
      if (count > 0) BIO_write(SSL_get_rbio(peer_.ssl()), part.iov_base, static_cast<int>(count));
      limit -= count;
      total += count;
    }
    if (peer_.writable != SIZE_MAX) peer_.writable -= total;
    return {State::moved, total};
  }

  [[nodiscard]] bool delays_ack() const override { return peer_.delays_ack; }
  void finish_writing() override { peer_.finished = true; }
  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  TlsPeer& peer_;
};

TlsPeer::TlsPeer(SSL_CTX* context) : ssl_(SSL_new(context)) {
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_.get());
}

TlsPeer::~TlsPeer() {
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);  // its sessions stay valid
  ERR_clear_error();
}

std::unique_ptr<net::Stream> TlsPeer::stream() {
  return std::make_unique<Wire>(*this);
}

void TlsPeer::send(const mqtt::Bytes& content) {
  size_t count = 0;
  REQUIRE(SSL_write_ex(ssl_.get(), content.data(), content.size(), &count) == 1);
}

int TlsPeer::receive() {
  for (;;) {
    std::array<std::byte, 32 * 1024> part;
    size_t count = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), part.data(), part.size(), &count);
    if (result != 1) return SSL_get_error(ssl_.get(), result);
    records++;
    received.insert(received.end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(count));
  }
}

void TlsPeer::step() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get()) == 0) SSL_do_handshake(ssl_.get());
  ERR_clear_error();
  std::array<std::byte, 16 * 1024> part;
  for (;;) {
    const int count = BIO_read(SSL_get_wbio(ssl_.get()), part.data(), static_cast<int>(part.size()));
    if (count <= 0) return;
    to_client.insert(to_client.end(), part.begin(), part.begin() + count);
  }
}

}  // namespace mqtt_native::test
