#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "mqtt/packet_reader.hpp"

namespace mqtt_native::mqtt {

struct ConnectionOptions {
  std::unique_ptr<net::Stream> stream;
  ClientLimits limits{};                          // set by the client's CONNECT
  std::chrono::seconds keepalive{60};             // zero: off
  uint32_t maximum_packet_size = largest_packet;  // of incoming packets, bytes
  bool topic_aliases = false;                     // use aliases for outgoing topics, if the broker allows it
  base::TimePoint connack_deadline = base::never;
  std::shared_ptr<const std::atomic<bool>> paused{};  // while true, nothing is read
  std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
  std::shared_ptr<InflightTable> inflight = std::make_shared<InflightTable>();               // the session's
  std::shared_ptr<ReceivedQos2Ids> received_qos2_ids = std::make_shared<ReceivedQos2Ids>();  // the session's
  std::shared_ptr<const std::atomic<bool>> defers{};  // while true, the receiver acknowledges messages
  bool keeps_aliases = false;                         // messages keep the alias beside their topic
  uint16_t number = 0;                                // of the session's connections
  std::shared_ptr<ConnectionListener> listener;
};

/**
 * One MQTT connection: a packet reader and a packet writer over a stream, keepalive, and the close sequence.
 *
 * One thread at a time, the reader, reads, keeps time and closes. It is mostly the receive thread. Any thread
 * may write.
 */
class Connection : private PacketReader::Owner {
 public:
  explicit Connection(ConnectionOptions options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override = default;

  [[nodiscard]] int descriptor() const { return stream_->descriptor(); }  // until `release`

  /** The lock that makes a thread the reader. */
  using Reader = std::unique_lock<std::mutex>;
  [[nodiscard]] Reader reader() { return Reader(reader_mutex_); }  // receive, control

  void read() { reader_.read(); }  // reader
  /**
   * Reads low traffic unless another thread reads. The events need no batch end, and the replies wait for
   * `flush_replies`. Returns false if the receive thread must read the rest.
   */
  [[nodiscard]] bool try_read();                                  // any
  [[nodiscard]] bool has_input() { return reader_.has_input(); }  // reader
  void end_batch(bool more) { reader_.end_batch(more); }          // reader, receive

  /** The CONNACK; empty before that. */
  [[nodiscard]] const Bytes& connack() const { return handler_.connack(); }     // reader
  [[nodiscard]] bool awaits_resume() const { return reader_.awaits_resume(); }  // reader
  /**
   * The session is connected: from now on publishes are accepted, and packets behind the CONNACK are read.
   */
  void resume();  // reader

  [[nodiscard]] PacketWriter& writer() { return writer_; }  // any

  void on_ready(bool readable, bool writable, bool hung_up);  // reader
  void tick(base::TimePoint now);                             // reader
  [[nodiscard]] base::TimePoint due() const;                  // reader

  /** Sends these PUBACK and PUBREC packets, which acknowledge deferred messages of this connection. */
  void acknowledge(BytesView packets);                       // any
  [[nodiscard]] uint16_t number() const { return number_; }  // any

  /** Sends this AUTH packet, which answers the broker's or begins a re-authentication. */
  void authenticate(BytesView packet);  // any

  /**
   * Ends the connection. The first call counts. With a reason code a DISCONNECT is sent, if MQTT 5 allows
   * one.
   */
  void abort(base::Failure failure, uint8_t reason_code = 0);                   // any
  [[nodiscard]] CloseReason close_reason() { return closing_.close_reason(); }  // any

  /** Closes the connection: nothing more is read or appended. `drains` sends the appended bytes. */
  void close() { closing_.close(); }                                     // reader
  [[nodiscard]] bool is_closed() const { return closing_.is_closed(); }  // any
  /** Continues to drain a closed connection. Returns false when only `release` is left. */
  bool drains(base::TimePoint now);  // reader
  /** Closes the descriptor, even if others still hold this object. */
  void release();  // reader

 private:
  void on_received() override;
  void on_connack() override;
  void end(CloseReason reason) override;
  void end_broken(base::Failure failure) override;
  void fail(const ProtocolError& error) override;

  void send_disconnect(uint8_t reason_code);
  [[nodiscard]] std::optional<std::string> answer_of_other_protocol() const;

  std::unique_ptr<net::Stream> stream_;  // until `release`
  const std::shared_ptr<ConnectionListener> listener_;
  const ClientLimits limits_;
  const std::chrono::seconds requested_keepalive_;
  const bool topic_aliases_;
  const uint16_t number_;
  std::mutex reader_mutex_;
  Keepalive keepalive_;                  // reader
  base::TimePoint deadline_;             // reader: of CONNACK
  std::atomic<bool> connected_ = false;  // an accepting CONNACK has arrived

  CloseSequence closing_;
  const std::shared_ptr<InflightTable> inflight_;
  IncomingPacketHandler handler_;
  PacketWriter writer_;
  PacketReader reader_;
};

}  // namespace mqtt_native::mqtt
