#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/connect_deadline.hpp"
#include "net/stream.hpp"
#include "net/tls/ciphertext_bio.hpp"
#include "net/tls/openssl.hpp"
#include "net/tls/peer.hpp"
#include "net/tls/pooled_buffer.hpp"
#include "net/tls/record_chunker.hpp"

namespace mqtt_native::net::tls {

/**
 * TLS over another stream. The SSL object, which one thread reads from while another writes to it, is locked
 * for one record of what is read, which OpenSSL may take from the inner stream itself, and for a few of what
 * is written; never while the inner stream is written to.
 */
class TlsStream final : public Stream {
 public:
  TlsStream(std::unique_ptr<Stream> inner, Ssl ssl, std::unique_ptr<Peer> peer);

  /** Shakes hands, before anything else. Blocks. */
  [[nodiscard]] std::optional<base::Failure> negotiate(const ConnectDeadline& deadline);  // dial

  Transfer read(std::span<std::byte> into) override;
  Transfer write(std::span<const iovec> from) override;
  [[nodiscard]] bool delays_ack() const override { return inner_->delays_ack(); }
  void finish_writing() override;
  [[nodiscard]] std::optional<base::Failure> failure() const override;
  [[nodiscard]] int descriptor() const override { return inner_->descriptor(); }

 private:
  /** A record that is on its way. */
  struct Record {
    uint64_t end;    // where it ends in all the ciphertext there ever was
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
  bool answer_is_due_ = false;                // reading has left something to be sent
  bool unblocks_ = false;                     // what a write had to wait for has been read
  Transfer tls_end_{Transfer::State::moved};  // how TLS ended, once it has

  // whoever has something to send
  std::mutex writing_mutex_;
  PooledBuffer leaving_;         // ciphertext that the inner stream is taking
  uint64_t left_ = 0;            // how much of it has ever left
  std::vector<Record> records_;  // that have not left whole
  size_t encrypted_ = 0;         // bytes of the caller's in those
  size_t unreported_ = 0;        // bytes of the caller's that have left since he was told last
  bool finishing_ = false;
  bool finished_ = false;

  mutable std::mutex ssl_mutex_;
  CiphertextBio ciphertext_;  // what concerns `incoming` is the reading thread's
  Ssl ssl_;
  // Taken while the peer is in the middle of a message of its own: OpenSSL encrypts nothing then.
  PooledBuffer held_back_;
  bool close_is_due_ = false;
  bool write_waits_ = false;              // for the same, all that may be held back being held back
  std::optional<base::Failure> failure_;  // of TLS itself; nothing is sent after it
};

}  // namespace mqtt_native::net::tls
