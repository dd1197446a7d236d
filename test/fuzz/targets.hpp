#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "wire/packet.hpp"

// What is fuzzed. Each target takes any bytes and ends the process when something does not hold.
// libfuzzer.cpp looks for such bytes; test/native/fuzz_test.cpp replays those of corpus/ with all sanitizers.
namespace mqtt_native::fuzz {

using Input = std::span<const uint8_t>;

void wire(Input input);        // everything a broker may say, from CONNACK on, in pieces of any size
void properties(Input input);  // the properties of any packet
void websocket(Input input);   // the frames of a WebSocket server
void http(Input input);        // the answer to an upgrade
void proxy(Input input);       // the answers of a proxy of each kind
void slab(Input input);        // what goes into the inbox comes out of its slabs

inline void require(bool holds) {
  if (!holds) std::abort();
}

/** Takes numbers and bytes off an input; zeros when it is used up. */
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

  mqtt_native::wire::BytesView bytes(size_t size) {
    const Input taken = input_.first(std::min(size, input_.size()));
    input_ = input_.subspan(taken.size());
    return std::as_bytes(taken);
  }

 private:
  Input input_;
};

}  // namespace mqtt_native::fuzz
