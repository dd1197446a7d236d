#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/epoll_set.hpp"
#include "session/session.hpp"

namespace mqtt_native::node {

/** Reads low traffic on a JavaScript thread: a message wakes one thread, which costs half as much as two. */
class LoopReader : public std::enable_shared_from_this<LoopReader> {
 public:
  /** `is_wanted`: whether the loop keeps up with its events; called on any thread. */
  explicit LoopReader(std::function<bool()> is_wanted) : is_wanted_(std::move(is_wanted)) {}

  /** Makes the delivery of a client, whose session must be added next. */
  [[nodiscard]] std::shared_ptr<session::LoopDelivery> make_delivery(uint32_t client);  // loop
  void add(uint32_t client, session::Session& session);                                 // loop
  void remove(uint32_t client);                                                         // loop

  /** The descriptor that is readable when `read` has work. */
  [[nodiscard]] int descriptor() const { return epoll_set_.descriptor(); }  // any
  void read();                                                              // loop
  /**
   * Sends the replies, TCP ACKs among them, that no publish has carried. They wait for the handlers, because
   * a publish of a handler then shares their write. If a handler blocks the loop, the receive thread sends
   * them.
   */
  void flush_replies();  // loop

 private:
  class Delivery;
  struct Client {
    std::weak_ptr<Delivery> delivery;  // weak, because it holds this object
    session::Session* session = nullptr;
  };

  const std::function<bool()> is_wanted_;
  net::EpollSet epoll_set_;
  std::vector<uint32_t> owing_;  // clients
  std::unordered_map<uint32_t, Client> clients_;
};

}  // namespace mqtt_native::node
