#pragma once

#include <poll.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "net/poller.hpp"
#include "wire/connection.hpp"

namespace mqtt_native::paho {

/**
 * The descriptors that Paho believes to be sockets. They are numbers of our own, far above the kernel's, and
 * a number is not given out again before all others of its kind have been: Paho looks clients up by
 * descriptor, sometimes a moment after it has closed one.
 */
class Sockets {
 public:
  Sockets();

  /** Before there is a first one. Zero, or an errno. */
  [[nodiscard]] int open_poller() { return poller_.open(); }  // any, once

  /** How many descriptors Paho has open. */
  [[nodiscard]] size_t count();  // any

  /** One that never has anything, and nobody opens or closes. */
  static constexpr int silent = (1 << 30) - 1;

  static bool owns(int descriptor) { return descriptor >= first_descriptor; }  // any

  int open();                                                                 // paho: socket(2); -1: too many
  void attach(int descriptor, std::shared_ptr<wire::Connection> connection);  // paho: connect(2)
  ssize_t read(int descriptor, void* into, size_t size);                      // paho: recv(2)
  ssize_t write(int descriptor, const iovec* parts, int count);               // paho: writev(2)
  void close(int descriptor);                                                 // paho: close(2)
  int poll_writable(pollfd* entries, nfds_t count);                           // receive
  int poll_readable(pollfd* entries, nfds_t count, int timeout);              // receive

  /**
   * Serves what must be served without Paho (connections that are closing), until woken or `due`. Paho sleeps
   * after every poll that found nothing, too; such a sleep is skipped: the poll has waited already.
   */
  void idle(net::TimePoint due);  // receive

  /**
   * Hands over to the kernel what this thread has given connections since it last did so. Both of Paho's
   * threads do so before they block.
   */
  void flush();  // paho

  /** Makes the receive thread look at all connections again. */
  void wake() { poller_.wake(); }  // any

 private:
  static constexpr int first_descriptor = silent + 1;
  static constexpr int slot_bits = 14;
  static constexpr int slot_count = 1 << slot_bits;
  static constexpr int generation_mask = (1 << 16) - 1;

  struct Slot {
    std::atomic<wire::Connection*> connection = nullptr;
    std::atomic<int> generation = 0;
    std::atomic<bool> fresh = false;  // attached, but Paho has not noticed yet that it may write
    std::shared_ptr<wire::Connection> owner;
  };

  Slot& slot_of(int descriptor) { return slots_[static_cast<size_t>(descriptor & (slot_count - 1))]; }
  wire::Connection* find(int descriptor);
  /** What one look at the connections found. */
  struct Look {
    int ready = 0;                    // have something for Paho
    bool fresh = false;               // Paho may write to one that it has not written to yet
    bool busy = false;                // there is more to read
    net::TimePoint due = net::never;  // at the earliest; of all connections
  };

  Look look_at(std::span<pollfd> entries);
  void tick(std::span<pollfd> entries);
  void turn(net::TimePoint due);
  void finish_closed(net::TimePoint now);

  net::Poller poller_;
  std::array<Slot, slot_count> slots_;

  std::mutex mutex_;
  std::vector<int> free_slots_;
  std::vector<std::shared_ptr<wire::Connection>> closed_;

  std::vector<std::shared_ptr<wire::Connection>> closing_;  // receive
  bool look_at_all_ = true;                                 // receive
  net::TimePoint due_ = net::never;                         // receive: what the last look found
  unsigned rounds_ = 0;                                     // receive
  bool polled_ = false;                                     // receive
};

}  // namespace mqtt_native::paho
