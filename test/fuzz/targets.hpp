#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "mqtt/packet.hpp"

// The fuzz targets. Each takes any bytes and aborts the process when an invariant does not hold.
// libfuzzer.cpp searches for such bytes. test/native/fuzz_test.cpp replays those of corpus/ with all
// sanitizers.
namespace mqtt_native::fuzz {

using Input = std::span<const uint8_t>;

void mqtt(Input input);         // all packets of a broker, from CONNACK on, in pieces of any size
void properties(Input input);   // the properties of any packet
void websocket(Input input);    // the frames of a WebSocket server
void http(Input input);         // the answer to an upgrade
void proxy(Input input);        // the answers of a proxy of each kind
void event_batch(Input input);  // events that enter the event queue leave its batches unchanged

inline void require(bool holds) {
  if (!holds) std::abort();
}

/** Reads numbers and bytes from an input; they are zeros when it is used up. */
class Source {
 public:
  explicit Source(Input input) : input_(input) {}

  [[nodiscard]] bool done() const { return input_.empty(); }

  uint8_t byte() {
    if (input_.empty()) return 0;
    const uint8_t first = input_.front();
    input_ = input_.subspan(1);
    return first;
  }

  mqtt_native::mqtt::BytesView bytes(size_t size) {
    const Input taken = input_.first(std::min(size, input_.size()));
    input_ = input_.subspan(taken.size());
    return std::as_bytes(taken);
  }

 private:
  Input input_;
};

}  // namespace mqtt_native::fuzz
