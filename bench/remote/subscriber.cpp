#include "subscriber.hpp"

#include "events.hpp"
#include "measure.h"
#include "payload.hpp"

namespace remote {

using mock_broker::PacketType;
using raw_peer::Packet;

Subscriber::Subscriber(raw_peer::Peer& peer, Counters& counters, const std::string& topic, int qos,
                       size_t size)
    : peer_(peer), counters_(counters), expected_(mock_broker::payload_of(size)) {
  peer_.subscribe(topic, qos);
  bool is_subscribed = false;
  while (!is_subscribed)
    peer_.read_packets([&](const Packet& packet) { is_subscribed |= packet.type == PacketType::suback; });
}

void Subscriber::run() {
  constexpr double look_interval = 1;
  for (;;) {
    const Events events = wait_for_events(peer_.socket(), now() + look_interval);
    if (events.is_over) return;
    if (!events.is_readable) continue;
    uint32_t received = counters_.received;
    peer_.read_packets([&](const Packet& packet) {
      if (packet.type != PacketType::publish) return;
      const raw_peer::View payload = raw_peer::payload_of(packet);
      check_payload(payload.data(), payload.size(), expected_.data(), expected_.size(), received++);
    });
    counters_.received = received;
  }
}

}  // namespace remote
