#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/connect_deadline.hpp"
#include "net/stream.hpp"
#include "net/tls/buffers.hpp"
#include "net/tls/ciphertext_bio.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/peer.hpp"

namespace mqtt_native::net::tls {

/**
 * TLS over another stream. One thread reads while another one writes, so the SSL object has a lock. The lock
 * is held for one record when reading, which may include a read of the inner stream. It is held for a few
 * records when writing, and never during a write of the inner stream.
 */
class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> inner, Ssl ssl, std::unique_ptr<Peer> peer);

  /** Performs the handshake; precedes everything else. Blocks. */
  [[nodiscard]] std::optional<base::Failure> negotiate(const ConnectDeadline& deadline);  // dial

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  [[nodiscard]] bool delays_ack() const override { return inner_->delays_ack(); }
  void finish_writing() override;
  [[nodiscard]] std::optional<base::Failure> failure() const override;
  [[nodiscard]] int descriptor() const override { return inner_->descriptor(); }

 private:
  struct Record {
    uint64_t end;    // its end in the stream of all ciphertext
    size_t content;  // bytes of the caller's
  };
  enum class Sealing : uint8_t { done, not_now, failed };

  // the reading thread
  Transfer read_content(std::span<std::byte> into);
  size_t decrypt(std::span<std::byte> into);
  size_t decrypt_record(std::span<std::byte> into);

  // with writing_mutex_
  Transfer push();
  bool take_what_is_sealed();
  void settle();
  size_t report(size_t offered);
  Sealing seal(RecordChunker& content);

  // with ssl_mutex_
  int call(auto ssl_function);
  bool encrypt(std::span<const std::byte> content);
  void catch_up();
  [[nodiscard]] bool owes_an_answer() const;
  void fail();

  int do_handshake();
  [[nodiscard]] std::string with_whom() const { return "TLS with " + peer_->name(); }
  [[nodiscard]] base::Failure cut_off(const Transfer& transfer) const;

  const std::unique_ptr<Stream> inner_;
  const std::unique_ptr<Peer> peer_;

  // the reading thread
  bool answer_is_due_ = false;                // reading has produced bytes to send
  bool unblocks_ = false;                     // a blocked write may continue
  Transfer tls_end_{Transfer::State::moved};  // the end of TLS, once it has ended

  // any thread that writes
  std::mutex writing_mutex_;
  PooledBuffer leaving_;         // ciphertext that is being written
  uint64_t left_ = 0;            // total ciphertext ever written
  std::vector<Record> records_;  // not written completely
  size_t encrypted_ = 0;         // bytes of the caller's in those
  size_t unreported_ = 0;        // bytes of the caller written since the last report
  bool finishing_ = false;
  bool finished_ = false;

  mutable std::mutex ssl_mutex_;
  CiphertextBio ciphertext_;  // `incoming` and its state belong to the reading thread
  Ssl ssl_;
  // Bytes accepted while the peer is in the middle of a handshake message, when OpenSSL encrypts nothing.
  PooledBuffer held_back_;
  bool close_is_due_ = false;
  bool write_waits_ = false;              // a write waits for that message, because `held_back_` is full
  std::optional<base::Failure> failure_;  // of TLS itself; nothing is sent afterwards
};

}  // namespace mqtt_native::net::tls
