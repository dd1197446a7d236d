// The client at the other end of the network. It publishes messages for the measured process, or receives
// messages from it. See ../README.md.

#include <sys/prctl.h>

#include <cstdlib>
#include <string_view>

#include "counters.hpp"
#include "measure.h"
#include "payload.hpp"
#include "publisher.hpp"
#include "subscriber.hpp"

namespace {

struct Order {
  std::string_view kind;
  std::string host;
  int port;
  std::string topic;
  int qos;
  size_t size;
  uint32_t window;
  const char* counters;
};

Order read_order(int count, char** words) {
  if (count != 9)
    fail("Usage: %s publish|receive <host> <port> <topic> <qos> <size> <window> <counters>", words[0]);
  return {.kind = words[1],
          .host = words[2],
          .port = std::atoi(words[3]),
          .topic = words[4],
          .qos = std::atoi(words[5]),
          .size = static_cast<size_t>(std::atoi(words[6])),
          .window = static_cast<uint32_t>(std::atoi(words[7])),
          .counters = words[8]};
}

/** Tells the parent to begin. */
void say_ready() {
  std::puts("ready");
  std::fflush(stdout);
}

void run(const Order& order) {
  remote::Counters& counters = remote::map_counters(order.counters);
  raw_peer::Peer peer(order.host, order.port);
  if (order.kind == "publish") {
    remote::Publisher publisher(peer, counters, {order.topic, order.qos, order.size}, order.window);
    say_ready();
    publisher.run();
  } else {
    remote::Subscriber subscriber(peer, counters, order.topic, order.qos, order.size);
    say_ready();
    subscriber.run();
  }
  peer.disconnect();
}

}  // namespace

int main(int count, char** words) {
  const Order order = read_order(count, words);
  // A timer may otherwise be late by 50 µs, which is the interval between two messages.
  ::prctl(PR_SET_TIMERSLACK, 1UL);
  try {
    run(order);
  } catch (const std::exception& error) {
    fail("%s", error.what());
  }
}
