#include "net/tls/ciphertext_bio.hpp"

namespace mqtt_native::net::tls {

namespace {

int read(BIO* bio, char* into, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  auto& ciphertext = *static_cast<CiphertextBio*>(BIO_get_data(bio));
  *count = ciphertext.read(std::as_writable_bytes(std::span(into, size)));
  if (*count > 0) return 1;
  BIO_set_retry_read(bio);  // also at the end: `arrived` says what it means
  return 0;
}

int write(BIO* bio, const char* from, size_t size, size_t* count) {
  BIO_clear_retry_flags(bio);
  auto& ciphertext = *static_cast<CiphertextBio*>(BIO_get_data(bio));
  ciphertext.outgoing.append(std::as_bytes(std::span(from, size)));
  ciphertext.produced += size;
  *count = size;
  return 1;
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*data*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

const BIO_METHOD* method() {
  static const BIO_METHOD* const made = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ciphertext");
    BIO_meth_set_read_ex(method, read);
    BIO_meth_set_write_ex(method, write);
    BIO_meth_set_ctrl(method, control);
    BIO_meth_set_create(method, create);
    return method;
  }();
  return made;
}

}  // namespace

size_t CiphertextBio::read(std::span<std::byte> into) {
  if (!readable || reads == 0 || arrived.state != Transfer::State::moved) return 0;
  reads--;
  arrived = incoming->read(into);
  return arrived.bytes;
}

void CiphertextBio::connect(SSL* ssl) {
  BIO* bio = BIO_new(method());
  BIO_set_data(bio, this);
  SSL_set_bio(ssl, bio, bio);  // it owns the BIO from now on
}

}  // namespace mqtt_native::net::tls
