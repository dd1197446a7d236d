#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "session/control_plane.hpp"
#include "session/event_loop.hpp"
#include "session/session_host.hpp"

namespace mqtt_native::session {

/**
 * The work of the process's two threads: sessions that have posted, for the send thread, and connections, for
 * the receive thread. The threads themselves belong to the control plane and call in here. There is one
 * runtime in a process. It is never destroyed, as its threads do not end.
 */
class Runtime final : public SessionHost {
 public:
  void post(std::shared_ptr<Session> session) override;  // any
  void wake() override { loop_.wake(); }                 // any
  void serve(std::shared_ptr<mqtt::Connection> connection, std::shared_ptr<LoopDelivery> delivery) override {
    loop_.add(std::move(connection), std::move(delivery));
  }                                                         // any
  void add(const Session&) override { sessions_++; }        // any
  void remove(const Session&) override { sessions_--; }     // any
  [[nodiscard]] Trace& trace() override { return trace_; }  // any

  [[nodiscard]] EventLoop& loop() { return loop_; }            // any
  [[nodiscard]] size_t sessions() const { return sessions_; }  // any

  /** Ends the current wait for work, or the next one. */
  void signal();                                    // any
  void run_posted();                                // send
  void wait_for_work(base::Clock::duration limit);  // send

 private:
  void signal(std::unique_lock<std::mutex> lock);

  Trace trace_;
  EventLoop loop_;
  std::atomic<size_t> sessions_ = 0;

  std::mutex mutex_;
  std::condition_variable work_;
  bool signalled_ = false;
  bool waits_ = false;
  std::vector<std::shared_ptr<Session>> posted_;
};

}  // namespace mqtt_native::session
