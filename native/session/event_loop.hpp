#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "mqtt/connection.hpp"
#include "net/poller.hpp"
#include "session/session_host.hpp"

namespace mqtt_native::session {

/** Serves all connections on the receive thread: reads, writes when it can, keeps time, and drains. */
class EventLoop {
 public:
  /** Precedes everything else. Returns zero or an errno; then it can be tried again. */
  [[nodiscard]] int open() { return poller_.open(); }  // any, once

  /** Serves a connection until it is closed and has drained. `delivery`: another event loop that may read. */
  void add(std::shared_ptr<mqtt::Connection> connection,
           std::shared_ptr<LoopDelivery> delivery = nullptr);  // any
  void wake() { poller_.wake(); }                              // any
  [[nodiscard]] size_t size() const { return size_; }          // any: of connections

  /** Serves the connections once, then waits until `due` or an event. Returns whether `wake` was called. */
  bool run_once(base::TimePoint due);  // receive

 private:
  struct Entry {
    std::shared_ptr<mqtt::Connection> connection;
    std::shared_ptr<LoopDelivery> delivery{};  // null: no other event loop reads
    bool is_active = true;                     // served in the next turn, ready or not
    bool awaits_input = true;                  // false: the other event loop does
    base::TimePoint check_due = base::never;   // next check of the other event loop
  };

  void take_added();
  void look(base::TimePoint now);
  bool look_at(Entry& entry, base::TimePoint now);
  void share_input(Entry& entry, base::TimePoint now);
  bool drain(Entry& entry, base::TimePoint now);
  void wait(base::TimePoint due);
  void tick(base::TimePoint now);

  net::Poller poller_;
  std::atomic<size_t> size_ = 0;

  std::mutex mutex_;
  std::vector<std::unique_ptr<Entry>> added_;

  // receive
  std::vector<std::unique_ptr<Entry>> entries_;
  bool serves_all_ = true;
  bool is_busy_ = false;               // a connection has more input
  base::TimePoint due_ = base::never;  // the earliest of all connections
};

}  // namespace mqtt_native::session
