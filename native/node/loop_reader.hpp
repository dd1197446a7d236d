#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "net/watch.hpp"
#include "paho/session.hpp"

namespace mqtt_native::node {

/**
 * Reads, on a JavaScript thread, what comes for its sessions little by little. So a message wakes that thread
 * by itself, not by way of the receive thread. That wakes up, too, and reads what the loop is too busy for.
 */
class LoopReader {
 public:
  void add(uint32_t client, paho::Session& session) { sessions_.emplace(client, &session); }  // loop
  void remove(uint32_t client) { sessions_.erase(client); }                                   // loop

  /** Once the descriptor is readable, that client's session is to be read. False when that cannot be told. */
  [[nodiscard]] bool watch(uint32_t client, int descriptor) { return watch_.arm(descriptor, client); }  // any

  /** Readable when `read` has something to do. */
  [[nodiscard]] int descriptor() const { return watch_.descriptor(); }  // any
  void read();                                                          // loop
  /** Whether packets of MQTT answer what `read` has taken: acknowledgements. An ACK of TCP can wait longer,
   * as what the handlers publish may carry it. */
  [[nodiscard]] bool owes_packets() const { return owes_packets_; }  // loop
  /** Sends both. */
  void flush_replies();  // loop

 private:
  net::Watch watch_;
  bool owes_packets_ = false;
  std::vector<uint32_t> owing_;  // clients whose brokers are to have something for what was read
  std::unordered_map<uint32_t, paho::Session*> sessions_;
};

}  // namespace mqtt_native::node
