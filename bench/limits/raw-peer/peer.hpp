#pragma once

#include <string>

#include "acknowledgements.hpp"
#include "flood.hpp"
#include "packet.hpp"

namespace raw_peer {

using stand_in::Bytes;
using stand_in::Packet;
using stand_in::View;

/**
 * A client that does nothing but what MQTT demands, with as few system calls as possible: no library can be
 * faster against the stand-in.
 */
class Peer {
 public:
  explicit Peer(int port);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /** Subscribes to a flood, reads all of it, and answers. */
  void receive(const std::string& filter, int qos, uint32_t count, View expected);
  /** Publishes the next messages of a flood of our own, at most `window` of them unacknowledged. */
  void publish(stand_in::Flood& flood, int qos, uint32_t count, size_t window);
  void subscribe(const std::string& filter, int qos);
  /** Publishes to a topic that is subscribed to; returns when this has come back and is acknowledged. */
  void round_trip(const std::string& topic, int qos, View payload);
  void disconnect();

 private:
  template <typename Take>
  void read_packets(Take take);
  void write_all(View bytes);
  bool write_some(View& bytes);
  void answer(const Packet& packet);
  void wait_for(short events);

  const int socket_;
  Bytes incoming_;
  size_t begin_ = 0;
  size_t end_ = 0;
  Bytes answers_;
  uint16_t last_id_ = 0;
  stand_in::Report report_;
  stand_in::Acknowledgements acknowledgements_;
};

}  // namespace raw_peer
