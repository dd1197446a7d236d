#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "net/failure.hpp"
#include "net/outlet.hpp"
#include "net/read_ahead.hpp"
#include "net/stream.hpp"
#include "wire/connack.hpp"
#include "wire/inspector.hpp"
#include "wire/keepalive.hpp"
#include "wire/outgoing_publish.hpp"
#include "wire/traffic.hpp"

namespace mqtt_native::wire {

class Connection;

/** A PUBLISH that arrived. The views are good during the call, the payload for as long as `memory` is held.
 */
struct IncomingPublish {
  std::string_view topic;
  BytesView properties;  // encoded with their length; empty: none
  BytesView payload;
  const net::SharedBytes& memory;  // null: the payload is to be copied
  uint16_t identifier;
  uint8_t qos;
  bool retain;
  bool duplicate;
};

/** What a flush has to send for what has been read. */
enum class Replies : uint8_t {
  none,
  ack,      // TCP's, unless something is written anyway
  packets,  // of MQTT
};

/** What a connection is made with. */
struct ConnectionOptions {
  std::unique_ptr<net::Stream> stream;
  Protocol protocol = Protocol::v311;
  Bytes connect_packet;                           // goes out in place of Paho's own; empty: Paho's
  std::chrono::seconds keepalive{60};             // zero: off
  uint32_t maximum_packet_size = largest_packet;  // of incoming packets, bytes
  bool topic_aliases = false;                     // give aliases to outgoing topics, if the broker allows it
  net::TimePoint connack_deadline = net::never;
  // While true nothing is read: the receiver cannot keep up.
  std::shared_ptr<const std::atomic<bool>> congested;
  std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
  std::shared_ptr<Exchanges> exchanges = std::make_shared<Exchanges>();                      // of the session
  std::shared_ptr<ReceivedQos2Ids> received_qos2_ids = std::make_shared<ReceivedQos2Ids>();  // the session's
  std::function<void(BytesView)> authentication{};  // an AUTH packet has come; called by the reader
  // Called by the reader for each message that is here whole: of QoS 2 always, of the others when it
  // fits the read-ahead buffer. Those never reach Paho, which would have nothing to do but to pass them on.
  std::function<void(const IncomingPublish&)> message{};
  // Called by the reader for each exchange that the broker has answered, with its packet (or a PUBREC
  // that said more than it).
  std::function<void(const Exchanges::Settled&, BytesView)> settled{};
  // Called by the reader each time that the broker breaks the protocol in a way that is tolerated.
  std::function<void(Deviation)> deviation{};
  // Called on the receive thread after `message` and `settled`, once for what a read brought. `more`: another
  // read follows at once, and another call.
  std::function<void(bool more)> announce{};
  // Called by the reader when little has come: who is to have it may wait for this descriptor himself, and
  // then call `read_little`. Whether he does; then this is not called again before that.
  std::function<bool(int)> little{};
  // Called on any thread, under its lock, when publishes are taken again, if one has not been, or a flush has
  // become wanted.
  std::function<void()> room{};
  // Called likewise when reading may go on, after it had to wait for writing; and when writing has failed,
  // which the receive thread has to find.
  std::function<void()> unblocked{};
  // Called once on the receive thread, after `close`, when the last byte has left or cannot leave any more.
  std::function<void(const Connection*)> drained;
};

/** Why a connection is over, and the broker's last word on it (a refusing CONNACK, or a DISCONNECT). */
struct Ending {
  net::Failure failure;
  uint8_t reason_code = 0;  // what we answered, or would have answered on MQTT 5; 0: nothing of that kind
  Bytes packet;
};

/**
 * One MQTT connection as Paho sees it: a socket that gives whole packets and takes everything. Between the
 * two lie what Paho cannot do or does wrong: packet limits, keepalive, the CONNACK's details, and all
 * publishes.
 *
 * Reading, timing and ending belong to one thread at a time, the reader: mostly the receive thread, which
 * waits until it is. Writing may happen on any.
 */
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(ConnectionOptions options);

  [[nodiscard]] int descriptor() const { return stream_->descriptor(); }  // until `release`

  /** Who holds it is the reader. */
  using Reader = std::unique_lock<std::mutex>;
  [[nodiscard]] Reader reader() { return Reader(reader_mutex_); }                            // paho
  [[nodiscard]] Reader reader_if_free() { return Reader(reader_mutex_, std::try_to_lock); }  // any
  /**
   * Once what `little` offered is readable: becomes the reader if nobody is, and takes what little there is,
   * without `announce`. True: now there is something for the receive thread to do, which must be woken. What
   * the broker is to have for it waits for `flush_replies`.
   */
  [[nodiscard]] bool read_little();  // any
  /** The replies that wait for a flush. */
  [[nodiscard]] Replies replies() const { return replies_; }  // any
  /** Whether there are any; who asks is to flush them. */
  [[nodiscard]] bool claim_replies() { return replies_.exchange(Replies::none) != Replies::none; }  // any
  /** Sends the replies that wait. */
  void flush_replies();  // any

  // As recv(2), but a packet is begun only when enough of it has arrived to be checked.
  [[nodiscard]] bool readable();             // reader
  ssize_t receive(void* into, size_t size);  // reader
  /** There may be more to read at once: `readable` takes a bounded portion of what there is. */
  [[nodiscard]] bool has_input();  // reader
  /** Calls `announce` if there is something new. `more`: there is more to be read at once. */
  void announce_news(bool more);  // reader, receive

  [[nodiscard]] const Bytes& connack() const { return inspector_.connack(); }  // paho

  /**
   * Takes one packet, as writev(2), always whole. True: something now waits for `flush` that did not before.
   */
  bool send(std::span<const iovec> packet);  // paho
  /**
   * Takes a PUBLISH; Paho has no part in those. At QoS 1 and 2 it begins an exchange, whose end `settled` is
   * told under this token. Its packet identifier, 0 at QoS 0; nothing: not now.
   *
   * The packet is gathered until `flush`: copied or, if the payload is large and there is `memory` to hold,
   * without that. A large one that would be copied is written from where it lies, here and now, if `at_once`
   * allows it and nothing is before it.
   */
  std::optional<uint16_t> publish(OutgoingPublish publish, uint32_t token, bool at_once = true,
                                  const net::SharedBytes& memory = {});  // any
  /** Takes the next publish of an earlier connection once more. How large it is; 0: there is none, or not
   * now. */
  size_t repeat();  // any
  /** Whether publishes are taken: not when too much waits to be written (then `room` will say when that is
   * over), nor at the end. */
  [[nodiscard]] bool has_room();  // any
  void flush();                   // any
  /** So much has been gathered that a thread with time for it should flush. Asked for once, then true until
   * somebody does. */
  bool wants_flush();                                                   // any
  [[nodiscard]] bool is_flush_wanted() const { return flush_wanted_; }  // any
  /** Bytes that were taken and that the stream has not taken yet. */
  [[nodiscard]] size_t backlog() const { return outlet_.backlog(); }  // any

  void on_ready(bool readable, bool writable, bool hung_up);  // reader
  /** The receive thread's note that there is nothing for it here, until something becomes ready or it is
   * woken. */
  void set_quiet(bool quiet) { quiet_ = quiet; }          // receive
  [[nodiscard]] bool is_quiet() const { return quiet_; }  // receive
  void tick(net::TimePoint now);                          // reader
  [[nodiscard]] net::TimePoint due() const;               // reader

  /** Paho has seen the CONNACK: messages may flow. */
  void established() { established_ = true; }  // receive
  /**
   * What goes out in place of Paho's DISCONNECT. Without it
   * none goes out: the end of a connection is not a goodbye.
   */
  void say_goodbye(Bytes packet);  // any

  /** Sends an AUTH packet of ours: an answer to the broker's, or the beginning of a re-authentication. */
  void authenticate(BytesView packet);  // any

  /** Ends the connection from our side, from any thread; Paho is told at its next read. The first call
   * counts. With a reason code the broker is told with a DISCONNECT, where MQTT 5 allows one. */
  void abort(net::Failure failure, uint8_t reason_code = 0);  // any
  [[nodiscard]] Ending ending();                              // any: once Paho has let go

  /** Paho lets go. What is written still leaves; `drains` then goes on with that. */
  void close();  // reader
  /** Goes on with the end of a closed connection; false when nothing is left to do but `release`. */
  bool drains(net::TimePoint now);  // reader
  /** Closes the descriptor, here and now, whoever else still holds this object. */
  void release();  // reader

 private:
  /** With more than this waiting, publishes wait their turn elsewhere, until half of it has left. */
  static constexpr size_t publish_limit = 512 * 1024;
  /** Nothing is read while more than this waits to be written: replies to what we read would only add to it.
   */
  static constexpr size_t backlog_limit = 2 * publish_limit;

  enum class Opening : uint8_t { opened, kept_back, incomplete };

  bool advance();
  bool take_packets(size_t at_most);
  [[nodiscard]] bool has_little() const;
  void offer_what_comes();
  bool skip();
  void await_more(const FixedHeader& header);
  Opening open_next(const FixedHeader& header);
  Opening open(const FixedHeader& header, size_t replaced);
  [[nodiscard]] bool passes_paho(const FixedHeader& header) const;
  void deliver(const FixedHeader& header, const Finding& finding);
  void reply(BytesView packet);
  void settle(const Finding& finding);
  void note(const FixedHeader& header);
  void obey_connack();
  size_t fill(size_t at_most);
  [[nodiscard]] bool awaits_packet_for_paho() const;
  bool more_may_come(const net::Transfer& transfer);
  ssize_t stream_into(void* into, size_t size);

  [[nodiscard]] bool takes_packets() const { return !over_ && !closed_ && outlet_.takes_more(); }
  [[nodiscard]] bool takes_publishes();
  void hand_to_outlet(net::Outlet::Lock& lock, std::span<const iovec> packet, bool at_once,
                      const net::SharedBytes& memory);
  void flush(net::Outlet::Lock& lock);
  void flush_if_full(net::Outlet::Lock& lock);
  void leave_the_rest();
  void on_written(size_t bytes);
  [[nodiscard]] bool has_backlog() const;
  void send_bytes(BytesView packet);

  bool peer_has_closed();

  void violate(const Violation& violation);
  void tell(uint8_t reason_code);
  [[nodiscard]] std::string stage() const;
  [[nodiscard]] std::optional<std::string> answer_of_other_protocol() const;
  void end_broken(const net::Failure& failure);
  void end(Ending ending);

  std::unique_ptr<net::Stream> stream_;  // until `release`
  const Protocol protocol_;
  const uint32_t maximum_packet_size_;
  const bool topic_aliases_;
  const std::shared_ptr<const std::atomic<bool>> congested_;
  const std::shared_ptr<Traffic> traffic_;
  const std::function<void(BytesView)> authentication_;
  const std::function<void(const IncomingPublish&)> message_;
  const std::function<void(const Exchanges::Settled&, BytesView)> settled_;
  const std::function<void(Deviation)> deviation_;
  const std::function<void(bool)> announce_;
  const std::function<bool(int)> little_;
  const std::function<void()> room_;
  const std::function<void()> unblocked_;
  const std::function<void(const Connection*)> drained_;
  const std::chrono::seconds requested_keepalive_;

  std::mutex reader_mutex_;

  bool quiet_ = false;  // receive

  // reader
  net::ReadAhead incoming_;
  bool is_with_paho_ = false;  // a packet, and Paho has not asked for the next one yet
  size_t owed_ = 0;            // bytes of it that Paho has not taken yet
  size_t unskipped_ = 0;       // bytes of a packet that is kept back that have not been passed over yet
  BytesView current_;          // the packet that Paho was given last, as far as it had arrived
  Bytes replacement_;          // what Paho gets in place of the front of the current packet
  BytesView unreplaced_;       // what it has not taken yet of that
  Keepalive keepalive_;
  net::TimePoint deadline_;
  bool stream_readable_ = true;
  bool stream_hung_up_ = false;
  bool has_news_ = false;          // `announce` is owed
  bool owes_end_of_news_ = false;  // likewise, for it has been said that more follows
  size_t unsent_ = SIZE_MAX;       // when we last looked, while closing
  net::TimePoint linger_until_{};

  // any, under the lock of the outlet
  net::Outlet outlet_;
  Bytes connect_packet_;
  Bytes goodbye_;
  bool flush_owed_ = false;  // one of Paho's threads has been told to flush
  std::optional<OutgoingAliases> outgoing_aliases_;
  bool said_goodbye_ = false;   // the DISCONNECT that was asked for has been gathered
  bool said_why_ = false;       // one with a reason code has been gathered, as the connection was given up
  bool room_wanted_ = false;    // a publish has not been taken
  bool input_blocked_ = false;  // nothing is read until more has been written
  std::atomic<bool> flush_wanted_ = false;

  // any
  const Terms terms_;
  const std::shared_ptr<Exchanges> exchanges_;
  std::atomic<bool> connected_ = false;    // CONNACK has come
  std::atomic<bool> established_ = false;  // and Paho has seen it
  std::atomic<bool> is_watched_ = false;   // `read_little` will be called
  std::atomic<Replies> replies_ = Replies::none;
  std::atomic<uint32_t> requests_ = 0;  // SUBSCRIBE and UNSUBSCRIBE that have not been answered
  Inspector inspector_;
  std::mutex ending_mutex_;
  std::optional<Ending> ending_;
  std::atomic<bool> over_ = false;
  std::atomic<bool> closed_ = false;
};

}  // namespace mqtt_native::wire
