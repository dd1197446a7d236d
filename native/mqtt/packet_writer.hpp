#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "mqtt/close_sequence.hpp"
#include "mqtt/connection_listener.hpp"
#include "mqtt/keepalive.hpp"
#include "mqtt/limits.hpp"
#include "mqtt/publish.hpp"
#include "mqtt/topic_aliases.hpp"
#include "net/stream_writer.hpp"

namespace mqtt_native::mqtt {

/** The traffic counters of a client, over all its connections. */
struct Traffic {
  std::atomic<uint64_t> bytes_received = 0;
  std::atomic<uint64_t> bytes_sent = 0;
  std::atomic<uint64_t> messages_sent = 0;  // PUBLISH packets given to the connection, resent ones included

  static void add(std::atomic<uint64_t>& counter, uint64_t amount) {
    counter.fetch_add(amount, std::memory_order_relaxed);
  }
};

struct Appended {
  bool is_appended = false;  // false: not now, or it is refused
  uint16_t identifier = 0;   // 0 at QoS 0
  uint8_t refusal = 0;       // the reason code by the broker's limits; 0: none

  explicit operator bool() const { return is_appended; }
};

struct Resent {
  size_t size = 0;  // 0: there is none, not now, or it is refused
  std::optional<uint32_t> token{};
  uint8_t refusal = 0;  // the reason code by the broker's limits; 0: none
};

/**
 * Sends the packets of a connection. Any thread appends them under the stream writer's lock. A flush writes
 * many of them at once. Nothing is accepted once the connection is over, or behind a DISCONNECT.
 */
class PacketWriter {
 public:
  PacketWriter(net::Stream& stream, Protocol protocol, const CloseSequence& closing, Keepalive& keepalive,
               std::shared_ptr<InflightTable> inflight, std::shared_ptr<Traffic> traffic,
               ConnectionListener& listener);

  /** The broker has accepted the connection: publishes are accepted from now on. */
  void open(const Connack& connack, bool topic_aliases);  // reader

  /** Appends a CONNECT, SUBSCRIBE, UNSUBSCRIBE or DISCONNECT packet. */
  void send_control(BytesView packet);  // any
  /** Appends an acknowledgement of a packet that was read. It waits for `flush_replies`. */
  void reply(BytesView packet);  // reader
  void send(BytesView packet);   // any
  /** Sends a DISCONNECT with this reason code, unless one has been sent. */
  void send_disconnect(uint8_t reason_code);  // any

  /**
   * Appends a PUBLISH. At QoS 1 and 2 it allocates an in-flight entry, whose completion is reported with this
   * token.
   *
   * A large payload is held instead of copied if there is `memory` to hold. Without `memory`, `at_once`
   * writes a large packet directly if nothing is queued before it.
   */
  Appended publish(OutgoingPublish publish, uint32_t token, bool at_once = true,
                   const base::SharedBytes& memory = {});  // any
  Resent resend();                                         // any
  /** Whether publishes are accepted. If not, `on_writable` follows when they are. */
  [[nodiscard]] bool has_room();  // any

  void flush();  // any
  /** Whether the send thread should flush a burst. True once until the next flush. */
  [[nodiscard]] bool wants_flush();                                     // any
  [[nodiscard]] bool is_flush_wanted() const { return flush_wanted_; }  // any
  void on_writable();                                                   // reader

  /** TCP delays an ACK, which a flush can send. */
  void owe_ack() { owes_replies_ = true; }                           // reader
  [[nodiscard]] bool owes_replies() const { return owes_replies_; }  // any
  /** Clears the replies. Returns whether there were any: then the caller must flush. */
  [[nodiscard]] bool claim_replies() { return owes_replies_.exchange(false); }  // any
  /** Sends the replies, unless another thread does. */
  void flush_replies();  // any

  [[nodiscard]] size_t backlog() const { return stream_writer_.backlog(); }  // any
  /** Whether reading must wait for writing, because replies would add to the backlog. */
  [[nodiscard]] bool blocks_reading();                                   // reader
  [[nodiscard]] bool failed() const { return stream_writer_.failed(); }  // any
  [[nodiscard]] const base::Failure& failure() const {
    return stream_writer_.failure();
  }  // any: once it has failed

  /** Continues to drain a closed connection. Returns the unsent bytes; nothing: do not wait for them. */
  std::optional<size_t> finish();  // reader
  /** Stops writing; see StreamWriter. */
  uint64_t abandon();  // any
  /** Closes the writer: the stream is not used once this returns. */
  void close();  // reader

 private:
  [[nodiscard]] bool can_send() const;
  [[nodiscard]] bool takes_publishes();
  [[nodiscard]] uint8_t check_limits(const OutgoingPublish& publish) const;
  void append_publish(net::StreamWriter::Lock& lock, std::span<const iovec> packet, bool at_once,
                      const base::SharedBytes& memory);
  void flush(net::StreamWriter::Lock& lock);
  void flush_if_full(net::StreamWriter::Lock& lock);
  void leave_the_rest();
  void on_written(size_t bytes);
  [[nodiscard]] bool has_backlog() const;

  const Protocol protocol_;
  const CloseSequence& closing_;
  Keepalive& keepalive_;
  const std::shared_ptr<InflightTable> inflight_;
  const std::shared_ptr<Traffic> traffic_;
  ConnectionListener& listener_;

  // under the lock of the stream writer
  net::StreamWriter stream_writer_;
  std::optional<OutgoingAliases> aliases_;
  std::optional<BrokerLimits> limits_;  // if they restrict anything
  bool is_open_ = false;
  bool disconnect_sent_ = false;
  bool is_aborted_ = false;     // with that DISCONNECT
  bool room_wanted_ = false;    // a publish has been refused
  bool input_blocked_ = false;  // reading waits for writing

  std::atomic<bool> flush_wanted_ = false;
  std::atomic<bool> owes_replies_ = false;  // packets or a TCP ACK
};

}  // namespace mqtt_native::mqtt
