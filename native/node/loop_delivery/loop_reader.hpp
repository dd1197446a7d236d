#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/epoll_set.hpp"
#include "session/session.hpp"

namespace mqtt_native::node {

/**
 * Reads low traffic on a JavaScript thread. A message wakes that thread by itself then, not by way of the
 * receive thread, which costs half as much.
 */
class LoopReader : public std::enable_shared_from_this<LoopReader> {
 public:
  /** `is_wanted`: whether the loop keeps up with its events; any thread asks. */
  explicit LoopReader(std::function<bool()> is_wanted) : is_wanted_(std::move(is_wanted)) {}

  /** The delivery of a client, whose session must be added next. */
  [[nodiscard]] std::shared_ptr<session::LoopDelivery> make_delivery(uint32_t client);  // loop
  void add(uint32_t client, session::Session& session);                                 // loop
  void remove(uint32_t client);                                                         // loop

  /** Readable when `read` has something to do. */
  [[nodiscard]] int descriptor() const { return epoll_set_.descriptor(); }  // any
  void read();                                                              // loop
  /**
   * Whether MQTT packets answer those that `read` has taken. They must not wait for the handlers. An ACK of
   * TCP can: a publish of a handler may carry it.
   */
  [[nodiscard]] bool owes_packets() const { return owes_packets_; }  // loop
  /** Sends both. */
  void flush_replies();  // loop

 private:
  class Delivery;
  struct Client {
    std::shared_ptr<Delivery> delivery;
    session::Session* session = nullptr;
  };

  const std::function<bool()> is_wanted_;
  net::EpollSet epoll_set_;
  std::vector<uint32_t> owing_;  // clients
  bool owes_packets_ = false;
  std::unordered_map<uint32_t, Client> clients_;
};

}  // namespace mqtt_native::node
