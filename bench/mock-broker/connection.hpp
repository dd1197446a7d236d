#pragma once

#include <deque>
#include <map>
#include <string>

#include "acknowledgements.hpp"
#include "flood.hpp"
#include "intake.hpp"
#include "packet.hpp"
#include "report.hpp"
#include "transport.hpp"

namespace mock_broker {

class Connection;

/** The interface of the server to its connections. */
class Hub {
 public:
  virtual ~Hub() = default;
  virtual Report& report() = 0;
  /** The maximum number of QoS 1 and 2 messages in flight to a client, unless the client requests fewer. */
  [[nodiscard]] virtual size_t window() const = 0;
  /** The number of bytes of a flood that are prepared at once for each client. */
  [[nodiscard]] virtual size_t flood_block() const = 0;
  /** Passes a message to all subscribers of its topic. */
  virtual void echo(const Incoming& message) = 0;
  /** Requests a call of pump() for a connection that has bytes to write. */
  virtual void want_pump(Connection& connection) = 0;
  /** Registers a connection that has subscribed to published messages. */
  virtual void listens(Connection& connection) = 0;
  /** Reports that a connection has ended. */
  virtual void ended(Connection& connection) = 0;
};

/** One client. */
class Connection {
 public:
  Connection(int socket, std::unique_ptr<Transport> transport, Hub& hub);

  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] bool over() const { return over_; }

  /** Reads the available bytes, and answers all complete packets. */
  void on_readable();
  /** Writes queued bytes. Returns true if some remain, because the socket or the turn is full. */
  bool pump();
  /** Sends a published message to this client if it has subscribed to the topic. */
  void offer(const Incoming& message);

  bool pump_wanted = false;  // set by the hub
  bool waiting = false;      // set by the hub: the socket is watched for EPOLLOUT

 private:
  void read_once();
  void make_room();
  void handle(const Packet& packet);
  void on_connect(const Packet& packet);
  void on_publish(const Packet& packet);
  void on_subscribe(const Packet& packet);
  void on_unsubscribe(const Packet& packet);
  uint8_t subscribe(std::string_view filter, uint8_t qos);
  View next_piece();
  void end();

  const int socket_;  // owned by the transport
  const std::unique_ptr<Transport> transport_;
  Hub& hub_;
  Report& report_;
  bool over_ = false;
  bool connected_ = false;
  bool v5_ = false;
  size_t window_;

  Bytes incoming_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool last_read_filled_ = false;

  Bytes answers_;  // sent after the current piece
  Bytes answers_on_their_way_;
  View piece_;  // the rest of the piece that is being written
  std::deque<Flood> floods_;
  std::map<std::string, uint8_t, std::less<>> echoes_;  // subscribed topics and their QoS
  Acknowledgements acknowledgements_;
  Intake intake_;
};

}  // namespace mock_broker
