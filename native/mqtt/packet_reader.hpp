#pragma once

#include <atomic>
#include <memory>

#include "mqtt/connection_listener.hpp"
#include "mqtt/incoming_packet_handler.hpp"
#include "mqtt/packet_writer.hpp"
#include "net/read_buffer.hpp"

namespace mqtt_native::mqtt {

/** Reads as many bytes of a connection as possible at once, and handles each packet when it is complete. */
class PacketReader {
 public:
  /** Receives the events that concern the connection as a whole. */
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_received() = 0;
    virtual void on_connack() = 0;
    virtual void end(CloseReason reason) = 0;
    /** The stream failed, or has ended. */
    virtual void end_broken(base::Failure failure) = 0;
    virtual void fail(const ProtocolError& error) = 0;
  };

  struct Options {
    uint32_t maximum_packet_size;
    std::shared_ptr<const std::atomic<bool>> paused;  // while true, nothing is read; null: never
    std::shared_ptr<Traffic> traffic;
    uint16_t connection = 0;  // its number, for deferred acknowledgements
  };

  PacketReader(Options options, net::Stream& stream, IncomingPacketHandler& handler, PacketWriter& writer,
               const CloseSequence& closing, ConnectionListener& listener, Owner& owner)
      : options_(std::move(options)),
        stream_(stream),
        handler_(handler),
        writer_(writer),
        closing_(closing),
        listener_(listener),
        owner_(owner) {}

  void on_ready(bool readable, bool hung_up);
  /** Reads once at most, so that one busy connection does not starve the others. */
  void read(size_t limit = SIZE_MAX);
  /**
   * Reads low traffic on a thread other than the receive thread. Returns false if that must read the rest.
   */
  [[nodiscard]] bool read_low_traffic();
  [[nodiscard]] bool has_input();
  /** Whether packets are being read: the receiver has not paused reading. */
  [[nodiscard]] bool listens() const;
  /** Reports the end of a batch of events, if there were any. `more`: another read follows at once. */
  void end_batch(bool more);

  /** Lets packets behind the CONNACK be read. */
  void resume() { accepted_ = true; }
  [[nodiscard]] bool awaits_resume() const { return !accepted_ && !handler_.connack().empty(); }

  /** The bytes that have arrived, from the current packet on. */
  [[nodiscard]] BytesView pending() const { return incoming_.bytes(); }

  /** Discards the input of a closed connection. Returns whether the broker has closed. */
  bool peer_has_closed();

 private:
  bool take_packet();
  void await_rest(const FixedHeader& header);
  void handle(const FixedHeader& header, PacketAction action);
  bool passes_release(const FixedHeader& header);
  void deliver(const FixedHeader& header);
  void answer(const PacketAction& action);
  void on_disconnect();
  size_t fill(size_t limit);
  void note(const net::Transfer& transfer);
  [[nodiscard]] bool has_little() const;

  const Options options_;
  net::Stream& stream_;
  IncomingPacketHandler& handler_;
  PacketWriter& writer_;
  const CloseSequence& closing_;
  ConnectionListener& listener_;
  Owner& owner_;

  net::ReadBuffer incoming_;
  BytesView current_;  // the current packet
  bool accepted_ = false;
  bool readable_ = true;
  bool hung_up_ = false;
  bool has_events_ = false;         // not yet reported as a batch
  bool owes_end_of_batch_ = false;  // another batch was announced
};

}  // namespace mqtt_native::mqtt
