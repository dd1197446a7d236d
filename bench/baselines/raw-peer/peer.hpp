#pragma once

#include <string>

#include "acknowledgements.hpp"
#include "flood.hpp"
#include "packet.hpp"

namespace raw_peer {

using mock_broker::Bytes;
using mock_broker::Packet;
using mock_broker::View;

/**
 * A client that does only what MQTT requires, with as few system calls as possible. No library can be faster
 * with the mock broker.
 */
class Peer {
 public:
  /** `host` is an IPv4 address. */
  Peer(const std::string& host, int port);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /** Subscribes to a flood, reads all of it, and acknowledges. */
  void receive(const std::string& filter, int qos, uint32_t count, View expected);
  /**
   * Publishes the next messages of a flood of the client's own, with at most `window` of them unacknowledged.
   */
  void publish(mock_broker::Flood& flood, int qos, uint32_t count, size_t window);
  void subscribe(const std::string& filter, int qos);
  /** Publishes to a subscribed topic. Returns when the message has returned and is acknowledged. */
  void round_trip(const std::string& topic, int qos, View payload);
  void disconnect();

  /** Reads once, passes on each complete packet, and writes the answers. */
  template <typename Take>
  void read_packets(Take take) {
    read_once();
    while (const auto packet = mock_broker::first_packet({incoming_.data() + begin_, end_ - begin_})) {
      answer(*packet);
      take(*packet);
      begin_ += packet->size;
    }
    flush_answers();
  }
  void write_all(View bytes);
  /** The QoS 1 and 2 publishes that this client has sent. */
  [[nodiscard]] mock_broker::Acknowledgements& acknowledgements() { return acknowledgements_; }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  void read_once();
  bool write_some(View& bytes);
  void answer(const Packet& packet);
  void flush_answers();
  void wait_for(short events);

  const int socket_;
  Bytes incoming_;
  size_t begin_ = 0;
  size_t end_ = 0;
  Bytes answers_;
  uint16_t last_id_ = 0;
  mock_broker::Report report_;
  mock_broker::Acknowledgements acknowledgements_;
};

/** The payload of a PUBLISH of MQTT 3.1.1. */
View payload_of(const Packet& publish);

}  // namespace raw_peer
