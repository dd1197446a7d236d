#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "paho/control_plane.hpp"
#include "paho/fake_sockets.hpp"
#include "session/runtime.hpp"

struct sockaddr;

namespace mqtt_native::paho {

/** Paho C in this process: its clients, and its two threads, which run the runtime. It is never destroyed. */
class Adapter final : public session::ControlPlaneFactory {
 public:
  explicit Adapter(session::Runtime& runtime);
  Adapter(const Adapter&) = delete;
  Adapter& operator=(const Adapter&) = delete;
  ~Adapter() override = default;

  static Adapter& instance() { return *instance_; }  // control

  std::optional<base::Failure> start() override;  // any
  std::shared_ptr<session::ControlPlane> create(std::weak_ptr<session::ControlPlane::Listener> listener,
                                                mqtt::Protocol protocol) override;  // send

  [[nodiscard]] session::Runtime& runtime() { return runtime_; }  // any
  [[nodiscard]] FakeSockets& sockets() { return sockets_; }       // any

  // Paho names a broker by an address. Ours is a number, which leads back to the control plane.
  uint16_t acquire_number(PahoControlPlane& control_plane);  // send; 0: there are too many
  void release_number(uint16_t number);                      // any
  static std::string make_uri(uint16_t number);              // any
  PahoControlPlane* find(const sockaddr& address);           // send; null: it is not one of ours

  /** A control plane has been given a request. */
  void on_requested(std::shared_ptr<PahoControlPlane> control_plane);  // send
  /** Runs the sessions' work, and waits if there is none: what the send thread does without commands. */
  void run_sessions();  // send
  /** Serves the connections until a descriptor is readable, as poll(2). */
  int poll_readable(std::span<pollfd> entries, int timeout);  // receive
  /** Serves the connections while Paho has no socket, as usleep(3). */
  void sleep(std::chrono::microseconds duration);  // receive
  /** Starts a thread of Paho's, or has the next `start` retry it. */
  void start_thread(std::function<void()> run);  // any, with start_mutex_

 private:
  static constexpr uint16_t max_number = FakeSockets::slot_count - 1;
  static inline Adapter* instance_ = nullptr;

  void connect_anchor();

  session::Runtime& runtime_;
  FakeSockets sockets_;

  std::mutex start_mutex_;
  bool has_poller_ = false;
  std::vector<std::function<void()>> threads_to_retry_;
  MQTTAsync anchor_ = nullptr;

  std::mutex mutex_;
  std::vector<uint16_t> free_numbers_;
  std::array<std::atomic<PahoControlPlane*>, max_number + 1> control_planes_{};

  std::vector<std::shared_ptr<PahoControlPlane>> requested_;  // send
  bool has_polled_ = false;                                   // receive
};

}  // namespace mqtt_native::paho
