#pragma once

#include <string>

#include "counters.hpp"
#include "peer.hpp"

namespace remote {

/** Subscribes, and counts the received messages. Their numbers must be consecutive. */
class Subscriber {
 public:
  /** Returns when the broker has acknowledged the subscription. `size` is that of the payloads. */
  Subscriber(raw_peer::Peer& peer, Counters& counters, const std::string& topic, int qos, size_t size);

  /** Returns when standard input ends. */
  void run();

 private:
  raw_peer::Peer& peer_;
  Counters& counters_;
  const raw_peer::Bytes expected_;
};

}  // namespace remote
