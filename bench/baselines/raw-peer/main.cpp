// The limit of the mock broker, measured through plain sockets. See ../../README.md.

#include <memory>
#include <string_view>
#include <vector>

#include "measure.h"
#include "payload.hpp"
#include "peer.hpp"

namespace {

using mock_broker::Bytes;
using raw_peer::Peer;

constexpr const char* loopback = "127.0.0.1";

/** Waits for acknowledgements that are still in flight after the last message. */
void settle() {
  wait_until(now() + 0.05);
}

struct Receiving {
  const job& order;
  Peer& peer;
  Bytes expected;
  uint64_t total = 0;
};

uint32_t receive_some(void* context, uint32_t count) {
  auto& all = *static_cast<Receiving*>(context);
  const std::string filter = "flood/" + std::to_string(all.order.qos) + "/" + std::to_string(all.order.size) +
                             "/" + std::to_string(count) + "/" + std::to_string(all.order.topics) + "/+";
  all.peer.receive(filter, all.order.qos, count, all.expected);
  all.total += count;
  return count;
}

void receive(const job& order) {
  Peer peer(loopback, order.port);
  Receiving all{order, peer, mock_broker::payload_of(static_cast<size_t>(order.size))};
  const throughput result = warm_then_measure(&order, receive_some, &all);
  settle();
  peer.disconnect();
  report_throughput(result, {.connections = 1, .received = all.total, .published = 0, .echoed = 0});
}

struct Publishing {
  const job& order;
  Peer& peer;
  mock_broker::Flood flood;
};

uint32_t publish_some(void* context, uint32_t count) {
  auto& all = *static_cast<Publishing*>(context);
  all.peer.publish(all.flood, all.order.qos, count, static_cast<size_t>(all.order.window));
  return count;
}

void publish(const job& order) {
  Peer peer(loopback, order.port);
  const auto size = static_cast<uint32_t>(order.size);
  const mock_broker::FloodOrder all_there_are{.prefix = "sink/" + std::to_string(size) + "/",
                                              .qos = static_cast<uint8_t>(order.qos),
                                              .size = size,
                                              .count = UINT32_MAX,
                                              .topics = 1};
  Publishing all{order, peer, mock_broker::Flood(all_there_are, false, 256 * 1024)};
  const throughput result = warm_then_measure(&order, publish_some, &all);
  settle();
  peer.disconnect();
  report_throughput(result, {.connections = 1, .received = 0, .published = all.flood.sent(), .echoed = 0});
}

void round_trip(const job& order) {
  const std::string topic = "echo/round-trip";
  const Bytes payload = mock_broker::payload_of(static_cast<size_t>(order.size));
  std::vector<double> times;
  Peer peer(loopback, order.port);
  peer.subscribe(topic, order.qos);
  const double warm = now() + order.warm_up;
  uint64_t warm_up = 0;
  for (; now() < warm; warm_up++) peer.round_trip(topic, order.qos, payload);
  const cost begin = begin_cost(&order);
  for (double before = now(); before < begin.seconds + order.seconds; before = now()) {
    peer.round_trip(topic, order.qos, payload);
    times.push_back(now() - before);
  }
  const cost spent = cost_since(&order, begin);
  settle();
  peer.disconnect();
  report_round_trips(times.data(), static_cast<uint32_t>(times.size()), spent,
                     {.connections = 1, .received = 0, .published = 0, .echoed = warm_up + times.size()});
}

}  // namespace

int main(int argc, char** argv) {
  const job order = read_job(argc, argv);
  const std::string_view kind = order.kind;
  try {
    if (kind == "receive")
      receive(order);
    else if (kind == "publish")
      publish(order);
    else if (kind == "round-trip")
      round_trip(order);
    else
      fail("There is no kind of measurement %s", order.kind);
  } catch (const std::exception& error) {
    fail("%s", error.what());
  }
}
