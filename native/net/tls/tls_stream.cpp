#include "net/tls/tls_stream.hpp"

#include <openssl/err.h>
#include <poll.h>

#include <cerrno>

namespace mqtt_native::net::tls {

using State = Transfer::State;

namespace {

/** Bytes accepted unencrypted until the peer has finished its handshake message. */
constexpr size_t held_back_limit = 64 * 1024;

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> inner, Ssl ssl, std::unique_ptr<Peer> peer)
    : inner_(std::move(inner)),
      peer_(std::move(peer)),
      ciphertext_{.incoming = inner_.get()},
      ssl_(std::move(ssl)) {
  ciphertext_.connect(ssl_.get());
  SSL_set_connect_state(ssl_.get());
}

// ---- reading ----

Transfer TlsStream::read(std::span<std::byte> into) {
  Transfer transfer = read_content(into);
  transfer.unblocks = std::exchange(unblocks_, false);
  return transfer;
}

Transfer TlsStream::read_content(std::span<std::byte> into) {
  const size_t count = decrypt(into);
  if (std::exchange(answer_is_due_, false)) {
    const std::lock_guard lock(writing_mutex_);
    push();  // the next read or write reports the result
  }
  if (count == into.size()) return {State::moved, count};
  if (tls_end_.state != State::moved) return count > 0 ? Transfer{State::moved, count} : tls_end_;
  const Transfer& arrived = ciphertext_.arrived;
  if (ciphertext_.has_ended())
    return count > 0 ? Transfer{State::moved, count} : Transfer{arrived.state, 0, arrived.error};
  if (arrived.state == State::blocked && count > 0) return {State::drained, count};
  return {arrived.state, count};
}

/** Decrypts the records that OpenSSL has, and reads more if they are not enough. */
size_t TlsStream::decrypt(std::span<std::byte> into) {
  size_t total = 0;
  ciphertext_.allow_reads();
  for (bool more = true; more && total < into.size() && tls_end_.state == State::moved;) {
    const size_t count = decrypt_record(into.subspan(total));
    more = count > 0;
    total += count;
  }
  return total;
}

size_t TlsStream::decrypt_record(std::span<std::byte> into) {
  const std::lock_guard lock(ssl_mutex_);
  size_t count = 0;
  switch (call([&](SSL* ssl) { return SSL_read_ex(ssl, into.data(), into.size(), &count); })) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
      break;
    case SSL_ERROR_ZERO_RETURN:
      tls_end_ = {State::ended};
      break;
    default:
      fail();
      tls_end_ = {State::failed, 0, EPROTO};
      break;
  }
  answer_is_due_ |= owes_an_answer();
  if (write_waits_ && SSL_in_init(ssl_.get()) == 0) unblocks_ = std::exchange(write_waits_, false);
  return count;
}

// ---- writing ----

Transfer TlsStream::write(std::span<const iovec> from) {
  RecordChunker content(from);
  const size_t offered = content.size();
  const std::lock_guard lock(writing_mutex_);
  content.skip(unreported_ + encrypted_);
  for (;;) {
    const Transfer pushed = push();
    if (pushed.state != State::moved) return {pushed.state, report(offered), pushed.error};
    if (offered == 0) return inner_->write({});  // the inner stream may have pending bytes, too
    if (content.empty()) return {State::moved, report(offered)};
    if (finishing_) return {State::failed, report(offered), EPIPE};
    switch (seal(content)) {
      case Sealing::done:
        break;
      case Sealing::not_now:
        return {.state = State::blocked, .bytes = report(offered), .awaits_read = true};
      case Sealing::failed:
        push();  // sends the alert
        return {State::failed, report(offered), EPROTO};
    }
  }
}

void TlsStream::finish_writing() {
  const std::lock_guard lock(writing_mutex_);
  if (std::exchange(finishing_, true)) return;
  {
    const std::lock_guard ssl_lock(ssl_mutex_);
    close_is_due_ = true;
  }
  push();
}

Transfer TlsStream::push() {
  while (!leaving_.empty() || take_what_is_sealed()) {
    const std::span<const std::byte> bytes = leaving_.bytes();
    const iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    const Transfer transfer = inner_->write({&part, 1});
    leaving_.consume(transfer.bytes);
    left_ += transfer.bytes;
    settle();
    if (transfer.state != State::moved) return transfer;
  }
  return {State::moved};
}

/** Takes the next ciphertext to write, once the last one is written. Returns false if there is none. */
bool TlsStream::take_what_is_sealed() {
  bool is_last = false;
  {
    const std::lock_guard lock(ssl_mutex_);
    catch_up();
    leaving_.swap(ciphertext_.outgoing);
    is_last = leaving_.empty() && !close_is_due_;
  }
  if (is_last && finishing_ && !std::exchange(finished_, true)) inner_->finish_writing();
  return !leaving_.empty();
}

void TlsStream::settle() {
  const auto still_here = std::find_if(records_.begin(), records_.end(),
                                       [this](const Record& record) { return record.end > left_; });
  for (auto record = records_.begin(); record != still_here; ++record) {
    encrypted_ -= record->content;
    unreported_ += record->content;
  }
  records_.erase(records_.begin(), still_here);
}

/** Returns how much of the offered bytes counts as written. */
size_t TlsStream::report(size_t offered) {
  const size_t count = std::min(offered, unreported_);
  unreported_ -= count;
  return count;
}

/** Encrypts the next records, if none are being written. */
TlsStream::Sealing TlsStream::seal(RecordChunker& content) {
  const std::lock_guard lock(ssl_mutex_);
  catch_up();
  if (SSL_in_init(ssl_.get()) != 0 && !failure_) {
    const size_t before = held_back_.size();
    while (!content.empty() && held_back_.size() < held_back_limit)
      held_back_.append(
          content.next(std::min(RecordChunker::record_size, held_back_limit - held_back_.size())));
    unreported_ += held_back_.size() - before;
    write_waits_ = !content.empty();
    return write_waits_ ? Sealing::not_now : Sealing::done;
  }
  constexpr size_t record_at_most = RecordChunker::record_size + SSL3_RT_MAX_ENCRYPTED_OVERHEAD;
  do {
    const std::span<const std::byte> record = content.next();
    if (!encrypt(record)) return Sealing::failed;
    records_.push_back({ciphertext_.produced, record.size()});
    encrypted_ += record.size();
  } while (!content.empty() && ciphertext_.outgoing.size() + record_at_most <= PooledBuffer::block_size);
  leaving_.swap(ciphertext_.outgoing);
  return Sealing::done;
}

// ---- the SSL object ----

/** Makes an SSL call that may read. Returns SSL_ERROR_... */
int TlsStream::call(auto ssl_function) {
  ERR_clear_error();
  ciphertext_.readable = true;
  const int result = ssl_function(ssl_.get());
  ciphertext_.readable = false;
  return SSL_get_error(ssl_.get(), result);
}

int TlsStream::do_handshake() {
  const std::lock_guard lock(ssl_mutex_);
  ciphertext_.allow_reads();
  const int state = call([](SSL* ssl) { return SSL_do_handshake(ssl); });
  if (state != SSL_ERROR_NONE && state != SSL_ERROR_WANT_READ) fail();
  // Ciphers without certificates are available on request, but they authenticate no peer.
  const bool has_proof = SSL_get0_peer_certificate(ssl_.get()) != nullptr;
  if (state == SSL_ERROR_NONE && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE && !has_proof)
    failure_ = {"UNABLE_TO_GET_ISSUER_CERT", with_whom() + ": the peer has no certificate"};
  return state;
}

bool TlsStream::encrypt(std::span<const std::byte> content) {
  if (failure_) return false;
  ERR_clear_error();
  size_t count = 0;
  if (SSL_write_ex(ssl_.get(), content.data(), content.size(), &count) == 1) return true;
  fail();
  return false;
}

/** Encrypts the held back bytes once the peer's handshake message is complete. */
void TlsStream::catch_up() {
  if ((held_back_.empty() && !close_is_due_) || SSL_in_init(ssl_.get()) != 0) return;
  while (!held_back_.empty()) {
    const auto content = held_back_.bytes().first(std::min(held_back_.size(), RecordChunker::record_size));
    encrypt(content);
    held_back_.consume(content.size());
  }
  if (std::exchange(close_is_due_, false) && !failure_) SSL_shutdown(ssl_.get());
}

bool TlsStream::owes_an_answer() const {
  if (!ciphertext_.outgoing.empty()) return true;
  return (!held_back_.empty() || close_is_due_) && SSL_in_init(ssl_.get()) == 0;
}

void TlsStream::fail() {
  if (failure_) return;
  failure_ = peer_->verify_error() ? *peer_->verify_error() : openssl_failure(with_whom());
}

std::optional<base::Failure> TlsStream::failure() const {
  {
    const std::lock_guard lock(ssl_mutex_);
    if (failure_) return failure_;
  }
  return inner_->failure();
}

std::optional<base::Failure> TlsStream::negotiate(const ConnectDeadline& deadline) {
  const std::string doing = "negotiating " + with_whom();
  for (;;) {
    const int state = do_handshake();
    const uint64_t left_before = left_;
    const Transfer pushed = [this] {
      const std::lock_guard lock(writing_mutex_);
      return push();
    }();
    if (failure_) return failure_;
    if (state == SSL_ERROR_NONE && pushed.state == State::moved) return deadline.check(doing);
    if (state == SSL_ERROR_NONE && pushed.state == State::failed) return cut_off(pushed);
    // A peer that accepts no more bytes may have sent its reason, which is read first.
    const Transfer& arrived = ciphertext_.arrived;
    if (pushed.state != State::blocked && ciphertext_.has_ended()) return cut_off(arrived);
    // Bytes that were read before the last write are no answer to it.
    const bool goes_on = pushed.state != State::blocked &&
                         (left_ != left_before || arrived.bytes > 0 || arrived.state == State::moved);
    auto failure =
        goes_on ? deadline.check(doing)
                : deadline.wait_for(descriptor(), pushed.state == State::blocked ? POLLOUT : POLLIN, doing);
    if (failure) return failure;
  }
}

/** The failure of an inner stream that ended during the handshake. */
base::Failure TlsStream::cut_off(const Transfer& transfer) const {
  base::Failure failure{"ECONNRESET", "The peer closed the connection"};
  if (transfer.state == State::failed) failure = to_failure(*inner_, "read", transfer);
  if (failure.code == "EPIPE") failure.code = "ECONNRESET";
  failure.text += " before " + with_whom() + " had been established";
  return failure;
}

}  // namespace mqtt_native::net::tls
