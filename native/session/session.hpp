#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "net/dial.hpp"
#include "session/control_plane.hpp"
#include "session/events.hpp"
#include "session/send_queue.hpp"
#include "session/session_host.hpp"

namespace mqtt_native::session {

struct ConnectRequest {
  net::Target target;
  mqtt::Protocol protocol = mqtt::Protocol::v311;
  bool clean = true;            // start a new session; otherwise resume the one that this object has
  uint32_t session_expiry = 0;  // MQTT 5: seconds that the session outlives its connection
  mqtt::Bytes connect_packet;
  std::chrono::seconds keepalive{60};
  uint32_t maximum_packet_size = mqtt::largest_packet;
  bool topic_aliases = false;  // for outgoing topics, within the broker's limit
  size_t inflight_limit = 20;  // operations in flight; the broker's Receive Maximum bounds them, too
  base::TimePoint deadline = base::never;  // of the whole attempt, from the name lookup to the CONNACK
  bool one_by_one = false;                 // see Attachment
};

/** The surroundings of a session. They outlive it. */
struct SessionServices {
  SessionHost& host;
  ControlPlaneFactory& control_planes;
};

/**
 * One client's session with a broker, over one connection after the other. It owns the session state: the
 * in-flight operations and the received identifiers of QoS 2. A control plane opens and closes each
 * connection, on the send thread, in `run_posted`. Other threads post work for that and go on.
 */
class Session final : public ControlPlane::Listener,
                      public mqtt::ConnectionListener,
                      public std::enable_shared_from_this<Session> {
 public:
  /** `delivery`: an event loop that reads low traffic; null: none. `inflight`: set by tests. */
  Session(const SessionServices& services, std::shared_ptr<Events> events,
          std::shared_ptr<LoopDelivery> delivery = nullptr, const QueueOptions& queue = {},
          std::shared_ptr<mqtt::InflightTable> inflight = std::make_shared<mqtt::InflightTable>());
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /**
   * Dials, then connects. Ends with exactly one of `connected` and `connect_failed`. Allowed only while idle.
   */
  void connect(ConnectRequest request);  // loop
  /**
   * Submits an operation. It ends with `completed`; or with `closed`, unless operations outlive connections.
   * It may not be sent before `flush`. Returns false if the queue has too many bytes.
   */
  bool submit(const Operation& operation) { return queue_.submit(operation); }  // loop
  /** Sends a publish of QoS 0, which is done then. Returns false if it must be submitted instead. */
  bool publish_now(const Operation& operation) { return queue_.publish_now(operation); }  // loop
  /** Sends all submitted and published operations. Call it once for many, because it costs a system call. */
  void flush() { queue_.flush(); }  // loop
  /** Cancels a queued operation. See SendQueue. */
  bool cancel(uint32_t token) { return queue_.cancel(token); }         // loop
  bool expire(uint32_t token) { return queue_.expire(token); }         // loop: see SendQueue
  void refuse(uint32_t token) { queue_.refuse(token); }                // loop: see SendQueue
  void renew(const Operation& operation) { queue_.renew(operation); }  // loop: see SendQueue
  void proceed() { queue_.proceed(); }                                 // loop: see SendQueue
  /** Forgets all operations. Publishes in flight stay part of a session that outlives its connection. */
  void drop();  // loop
  /** Sends this DISCONNECT packet after all requests. Ends with `closed`. */
  void disconnect(mqtt::Bytes packet);  // loop
  /** Has the receiver acknowledge messages of QoS 1 and 2 from now on. */
  void defer_acknowledgements() { *defers_ = true; }                   // loop
  void report_releases(bool reports) { reports_releases_ = reports; }  // loop
  /** Sends these PUBACK and PUBREC packets, unless the connection with this number has ended. */
  void acknowledge(uint16_t connection, mqtt::BytesView packets);  // loop
  /** Sends this AUTH packet (MQTT 5, section 4.12). */
  void authenticate(const mqtt::Bytes& packet);  // loop
  /** Ends the connection, or the attempt, at once. A reason code is sent in a DISCONNECT on MQTT 5. */
  void abort(base::Failure failure, uint8_t reason_code = 0);  // any
  /** Ends everything. No further event is reported, and the object must not be used. */
  void dispose();  // loop

  /**
   * Reads low traffic, unless another thread does, and leaves more than that to the receive thread. The
   * events need no `notify`. Returns whether there are replies, which `flush_replies` must send.
   */
  [[nodiscard]] bool read();  // loop
  /** Sends the replies to packets that were read, unless another thread does. */
  void flush_replies();  // loop

  [[nodiscard]] size_t queued() { return queue_.size(); }                                // any
  [[nodiscard]] size_t queued_bytes() { return queue_.publish_bytes(); }                 // any
  [[nodiscard]] size_t in_flight() const { return inflight_->in_flight(); }              // any
  [[nodiscard]] ConnectionRecord last_connection() { return queue_.last_connection(); }  // any
  [[nodiscard]] const mqtt::Traffic& traffic() const { return *traffic_; }  // any: of all connections

  /** Runs the work that other threads have posted. */
  void run_posted();  // send

 private:
  enum class State : uint8_t { idle, dialing, connecting, connected, disconnecting };

  struct PendingWork {
    bool disposed = false;
    std::vector<std::shared_ptr<ControlPlane>> ended{};
    std::unique_ptr<net::Stream> stream{};
    std::optional<ConnectRequest> request{};
    std::optional<mqtt::Bytes> disconnect_packet{};
  };

  /** The session state that a connection, or an attempt at one, begins with. */
  struct Attempt {
    mqtt::Protocol protocol{};
    bool resumes = false;   // a session of ours, if the broker has it
    bool outlives = false;  // the session may outlive the connection
    size_t inflight_limit = 0;
    bool one_by_one = false;
    std::shared_ptr<mqtt::ReceivedQos2Ids> received_qos2_ids{};
  };

  // of the control plane
  void on_control_output(mqtt::BytesView packet) override;
  void on_control_connected() override;
  void on_control_refused() override;
  void on_control_ended() override;
  void on_control_released() override;
  void on_control_processed() override;

  // of the connection
  void on_control_packet(mqtt::BytesView packet) override;
  void on_authentication(mqtt::BytesView packet) override;
  void on_message(const mqtt::IncomingPublish& message) override;
  void on_answered(const mqtt::InflightTable::Completed& completed, mqtt::BytesView answer) override;
  bool on_released(uint16_t identifier) override;
  void on_deviation(mqtt::Deviation deviation) override;
  void on_batch_end(bool more) override;
  void on_low_traffic(int descriptor) override;
  void on_writable() override;
  void on_read_resumable() override;
  void on_end() override;
  void on_drained(const mqtt::Connection* connection) override;

  void on_dialed(net::DialResult result);  // dial
  PendingWork take_work();
  void open(std::unique_ptr<net::Stream> stream, ConnectRequest request);
  std::optional<base::Failure> connect_over(std::unique_ptr<net::Stream> stream, ConnectRequest& request);
  void prepare_state(const ConnectRequest& request);
  mqtt::ConnectionOptions make_options(std::unique_ptr<net::Stream> stream, const ConnectRequest& request);
  std::vector<Completion> begin_session(const mqtt::Connack& connack);
  void submit_requests();
  void report(const std::vector<Completion>& completions);
  void send_queued();
  void post() { services_.host.post(shared_from_this()); }
  [[nodiscard]] std::shared_ptr<mqtt::Connection> connection();
  [[nodiscard]] std::shared_ptr<ControlPlane> control_plane();
  void close_connection(mqtt::Connection& connection);
  void end_disposed();
  void fail_connect(const mqtt::CloseReason& reason);
  void close(const mqtt::CloseReason* reason);
  void reset();

  const SessionServices services_;
  Trace& trace_;
  const std::shared_ptr<Events> events_;
  const std::shared_ptr<LoopDelivery> delivery_;
  const std::shared_ptr<mqtt::Traffic> traffic_ = std::make_shared<mqtt::Traffic>();
  const std::shared_ptr<mqtt::InflightTable> inflight_;
  const bool keeps_operations_;
  const std::shared_ptr<std::atomic<bool>> defers_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> reports_releases_ = false;
  SendQueue queue_;

  std::mutex mutex_;
  State state_ = State::idle;
  std::atomic<bool> disposed_ = false;
  std::atomic<uint32_t> deviations_ = 0;  // a bit for each that has been reported
  std::shared_ptr<net::CancellationToken> dial_;
  std::optional<ConnectRequest> request_;
  std::unique_ptr<net::Stream> stream_;        // dialed, and not opened yet
  std::optional<base::Failure> abort_reason_;  // before there was a connection
  std::optional<mqtt::Bytes> disconnect_packet_;
  std::shared_ptr<mqtt::Connection> connection_;
  std::shared_ptr<ControlPlane> control_plane_;
  std::vector<std::shared_ptr<ControlPlane>> ended_;  // control planes that must be destroyed
  uint16_t connections_ = 0;                          // the number of the latest one; only its low bits count
  Attempt attempt_;
  std::optional<mqtt::Protocol> protocol_;  // of the session; nothing: none has begun
  std::shared_ptr<mqtt::ReceivedQos2Ids> received_qos2_ids_ = std::make_shared<mqtt::ReceivedQos2Ids>();
};

}  // namespace mqtt_native::session
