#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "paho/session.hpp"
#include "paho/sockets.hpp"

namespace mqtt_native::paho {

/**
 * Paho's side of the process: its two threads, the descriptors it sees, and the sessions that wait for its
 * send thread. There is one, it is made when it is first needed, and it is never destroyed: Paho's threads do
 * not end.
 */
class Engine {
 public:
  static Engine& instance();  // any

  Sockets& sockets() { return sockets_; }  // any

  /** Before the first connection. Why it cannot start now; then it can be tried again. */
  [[nodiscard]] std::optional<net::Failure> start();  // any
  /** Paho, in `start`, wants a thread, and the system has none: the next `start` tries it again. */
  void owe_thread(std::function<void()> run);  // any, with start_mutex_

  /**
   * Sessions have small numbers, so that they fit where Paho has room for a context. 0: there are too many.
   */
  uint16_t add(Session* session);                                                              // any
  void remove(uint16_t id);                                                                    // any
  [[nodiscard]] size_t sessions();                                                             // any
  Session* find(uint16_t id) { return id <= most_sessions ? sessions_[id].load() : nullptr; }  // paho

  /** The session has something to do on the send thread. */
  void post(std::shared_ptr<Session> session);  // any
  void signal();                                // any

  /** What the send thread does instead of waiting on Paho's condition variable. */
  void rest();  // send

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

 private:
  static constexpr uint16_t most_sessions = (1 << 14) - 1;  // as many as there are descriptors for them

  Engine();
  void connect_anchor();
  void signal(std::unique_lock<std::mutex> lock);
  bool serve_sessions();

  Sockets sockets_;

  std::mutex start_mutex_;
  bool has_poller_ = false;
  std::vector<std::function<void()>> owed_threads_;

  std::mutex mutex_;
  std::condition_variable wanted_;
  bool signalled_ = false;
  bool resting_ = false;
  std::vector<std::shared_ptr<Session>> posted_;
  std::vector<uint16_t> free_ids_;
  std::array<std::atomic<Session*>, most_sessions + 1> sessions_{};

  std::vector<std::shared_ptr<Session>> fed_;  // send: given to Paho, which is processing it
  unsigned rounds_ = 0;                        // send
  MQTTAsync anchor_ = nullptr;
};

}  // namespace mqtt_native::paho
