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

namespace stand_in {

class Connection;

/** What a connection needs of the others. */
class Hub {
 public:
  virtual ~Hub() = default;
  virtual Report& report() = 0;
  /** Messages of QoS 1 and 2 that may be on their way to a client unless it asks for fewer. */
  [[nodiscard]] virtual size_t window() const = 0;
  /** How much of a flood is prepared at once for each client. */
  [[nodiscard]] virtual size_t flood_block() const = 0;
  /** Gives a message to everyone who has subscribed to its topic. */
  virtual void echo(const Incoming& message) = 0;
  /** This connection has something to write. */
  virtual void want_pump(Connection& connection) = 0;
  /** This connection has subscribed to messages that are published. */
  virtual void listens(Connection& connection) = 0;
  /** This connection is over. */
  virtual void ended(Connection& connection) = 0;
};

/** One client. */
class Connection {
 public:
  Connection(int socket, std::unique_ptr<Transport> transport, Hub& hub);

  [[nodiscard]] int socket() const { return socket_; }
  [[nodiscard]] bool over() const { return over_; }

  /** Reads what is there, and answers all that is complete. */
  void on_readable();
  /** Writes what there is. True: there is more than the socket takes, or than one turn is for. */
  bool pump();
  /** Sends on what somebody has published, when this client has subscribed to it. */
  void offer(const Incoming& message);

  bool pump_wanted = false;  // the hub's note
  bool waiting = false;      // the hub's note: the socket is watched for room

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

  const int socket_;  // the transport's
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

  Bytes answers_;  // to be sent as soon as the piece that is on its way has left
  Bytes answers_on_their_way_;
  View piece_;  // what is being written
  std::deque<Flood> floods_;
  std::map<std::string, uint8_t, std::less<>> echoes_;  // subscribed topics and their QoS
  Acknowledgements acknowledgements_;
  Intake intake_;
};

}  // namespace stand_in
