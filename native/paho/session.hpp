#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/dial.hpp"
#include "paho/events.hpp"
#include "paho/outbox.hpp"
#include "paho/paho.hpp"

namespace mqtt_native::paho {

/** What one connect needs to know. */
struct ConnectRequest {
  net::Target target;
  wire::Protocol protocol = wire::Protocol::v311;
  bool clean = true;            // start a new session; otherwise resume the one that this object holds
  uint32_t session_expiry = 0;  // MQTT 5: seconds that the session outlives its connection
  wire::Bytes connect_packet;
  std::chrono::seconds keepalive{60};
  uint32_t maximum_packet_size = wire::largest_packet;
  bool topic_aliases = false;  // for outgoing topics, within what the broker allows
  size_t inflight_limit = 20;  // unanswered operations, further bounded by the broker's Receive Maximum
  net::TimePoint deadline = net::never;  // for all of it, from the name lookup to the CONNACK
};

/**
 * One client's session with a broker, over one connection after the other.
 *
 * Publishes go to the connection past Paho, on the thread that finds that they may. All calls into Paho are
 * made on its send thread, in `work`; the other methods leave word for it. So the JavaScript thread never
 * waits for Paho's lock, and Paho's lists are touched by its own threads only.
 */
class Session : public std::enable_shared_from_this<Session> {
 public:
  /** `exchanges`: for tests, which may want to know the first packet identifier. */
  explicit Session(std::shared_ptr<Events> events,
                   std::shared_ptr<wire::Exchanges> exchanges = std::make_shared<wire::Exchanges>());
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] uint16_t id() const { return id_; }  // any

  /**
   * Dials, then connects. Ends in exactly one of `connected`
   * and `connect_failed`. Not while connected or connecting.
   */
  void connect(ConnectRequest request);  // loop
  /**
   * Takes an operation, copying what must wait. It ends in `completed`, or with `closed`. It may not leave
   * before `flush`.
   */
  void submit(const Operation& operation);  // loop
  /**
   * Takes a publish of QoS 0 and is done with it. False, and it must be submitted, when something is before
   * it or the connection takes no more.
   */
  bool publish_now(const Operation& operation);  // loop
  /** Has what was submitted or published sent: once for many, since it costs a system call. */
  void flush();  // loop
  /**
   * Withdraws an operation that still waits. Returns true if nothing of it was or will be sent, also between
   * the end of a connection and the next `connect`.
   */
  bool withdraw(uint32_t token);  // loop
  /** Sends DISCONNECT (these bytes, as they are) after what Paho already has. Ends in `closed`. */
  void disconnect(wire::Bytes packet);  // loop
  /** Sends an AUTH packet, these bytes, as they are (MQTT 5, section 4.12). */
  void authenticate(const wire::Bytes& packet);  // loop
  /** Ends the connection, or the attempt to make one, at once; with DISCONNECT only where there is a reason
   * code and MQTT 5 allows it. */
  void abort(net::Failure failure, uint8_t reason_code = 0);  // any
  /** Gives everything up; no event comes any more. The object must not be used after that. */
  void dispose();  // loop

  /**
   * Reads what has come for this session, if it is little and no other thread does. The events need no
   * `announce` then. Returns the replies that `flush_replies` must send.
   */
  [[nodiscard]] wire::Replies read();  // loop
  /** Sends what the broker is to have for that, unless another thread has. */
  void flush_replies();  // loop

  /** Operations that wait in the queue, and those that wait for the broker's answer. */
  [[nodiscard]] size_t queued();     // any
  [[nodiscard]] size_t in_flight();  // any
  /** Of all connections so far. */
  [[nodiscard]] const wire::Traffic& traffic() const { return *traffic_; }  // any

  /** Does what the other methods left word of. True: Paho has been given something to do. */
  bool work();  // send
  /** Paho has written what `work` last gave it. */
  void on_processed();  // send
  /** Hands the connection what may go of the publishes that wait, and flushes; word is left for what must
   * follow. */
  void pump();  // any

  /** The connection that Paho has, or is about to open, for this session; null: none. */
  [[nodiscard]] std::shared_ptr<wire::Connection> connection();  // any

  /** A packet identifier for the operation that is being handed over; 0 when all are in use. */
  uint16_t next_identifier();  // send

  // What Paho reports. Its lock is held.
  void on_connected();                      // receive
  void on_connect_failed();                 // paho
  void on_lost();                           // paho
  void on_message(const Message& message);  // receive

 private:
  enum class State : uint8_t { idle, dialing, connecting, connected, disconnecting };

  /** What the send thread has been left word of. */
  struct Wanted {
    bool disposed = false;
    std::unique_ptr<net::Stream> stream{};
    std::optional<ConnectRequest> request{};
    std::optional<wire::Bytes> goodbye{};
  };
  /** Consecutive tokens. */
  struct Tokens {
    uint32_t first;
    uint32_t count;
  };

  void on_dialed(net::DialResult result);                                            // dial thread
  void on_drained(const wire::Connection* connection);                               // reader
  void on_authentication(wire::BytesView packet);                                    // reader
  void on_read(bool more);                                                           // receive
  void on_settled(const wire::Exchanges::Settled& settled, wire::BytesView answer);  // reader
  void on_deviation(wire::Deviation deviation);                                      // reader
  Wanted take_wanted();
  void open(std::unique_ptr<net::Stream> stream, ConnectRequest request);
  std::optional<net::Failure> connect_over(std::unique_ptr<net::Stream> stream, ConnectRequest& request);
  [[nodiscard]] bool resumes(const ConnectRequest& request) const;
  void prepare_handle(const ConnectRequest& request);
  int start_paho(const ConnectRequest& request);
  void say_goodbye(wire::Bytes packet);
  void destroy_handle();
  void forget_commands();
  bool feed();
  Outbox::Batch take_requests();
  bool hand_over(const Operation& operation);
  bool hand_to_connection(const Operation& operation, bool at_once, const net::SharedBytes& memory = {});
  bool publish_directly(const Operation& operation);
  void flush_where_wanted();
  size_t repeat_waiting();
  std::vector<Tokens> publish_waiting();
  static void note_done(std::vector<Tokens>& done, uint32_t token);
  [[nodiscard]] bool is_open() const { return state_ == State::connected || state_ == State::disconnecting; }
  [[nodiscard]] bool nothing_waits() { return !handing_over_ && outbox_.empty() && !exchanges_->repeats(); }
  [[nodiscard]] bool window_is_open() const { return exchanges_->has_place(inflight_limit_); }
  void leave_waiting();
  bool is_not_stuck();
  [[nodiscard]] bool waits_for_room();
  [[nodiscard]] bool waits_for_paho();
  void fail_connect(const wire::Ending& ending);
  void close(const wire::Ending* ending);
  void reset();

  const uint16_t id_;
  const std::shared_ptr<Events> events_;
  const std::shared_ptr<wire::Traffic> traffic_ = std::make_shared<wire::Traffic>();
  const std::shared_ptr<wire::Exchanges> exchanges_;

  std::mutex mutex_;
  State state_ = State::idle;
  std::atomic<bool> disposed_ = false;
  std::atomic<uint32_t> deviations_ = 0;  // a bit for each that has been reported
  std::shared_ptr<net::Cancel> dial_;
  std::optional<ConnectRequest> request_;
  std::unique_ptr<net::Stream> stream_;   // dialed, and not yet given to Paho
  std::optional<net::Failure> given_up_;  // aborted before Paho had a connection to abort
  std::optional<wire::Bytes> goodbye_;    // to be said
  std::shared_ptr<wire::Connection> connection_;
  Outbox outbox_;
  bool unflushed_ = false;                 // the connection has been handed something since the last flush
  std::atomic<bool> way_is_free_ = false;  // an answer has come, for which something has waited
  bool handing_over_ = false;              // Paho has operations that it has not written yet
  size_t inflight_limit_ = 0;
  uint32_t next_token_ = 0;  // behind the last operation that was taken
  uint32_t unsent_from_ =
      0;  // at the end of a connection: the token of the first operation that still waited

  const Operation* handed_over_ = nullptr;  // send: the operation that Paho is being given
  uint16_t last_identifier_ = 0;            // send: that `next_identifier` gave

  MQTTAsync handle_ = nullptr;  // send
  std::shared_ptr<wire::ReceivedQos2Ids> received_qos2_ids_ =
      std::make_shared<wire::ReceivedQos2Ids>();  // send
  wire::Protocol handle_protocol_{};  // send; and on Paho's other thread while a connection is there
};

}  // namespace mqtt_native::paho
