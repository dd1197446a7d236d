#include "paho/engine.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

#include "net/background.hpp"

namespace mqtt_native::paho {

namespace {

/** While work keeps coming, what was gathered leaves after this many rounds even when no buffer is full. */
constexpr unsigned rounds_between_flushes = 8;
/** Paho's send thread looks at its own timers this often; none of ours depend on it. */
constexpr auto paho_interval = std::chrono::seconds(1);

}  // namespace

Engine& Engine::instance() {
  static Engine* const engine = new Engine;  // never deleted: Paho's threads use it until the process is gone
  return *engine;
}

Engine::Engine() {
  for (uint16_t id = most_sessions; id > 0; id--) free_ids_.push_back(id);
}

/**
 * Paho starts its threads with the first connect, and stops them when its last client is destroyed, which
 * takes up to seconds. This client is never destroyed; its connect leads nowhere, but the threads are there
 * from now on.
 */
void Engine::connect_anchor() {
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
  options.MQTTVersion = MQTTVERSION_3_1_1;
  MQTTAsync_createWithOptions(&anchor_, "tcp://240.0.0.1:0", "", MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                              &options);
  MQTTAsync_connectOptions nowhere = MQTTAsync_connectOptions_initializer;
  nowhere.MQTTVersion = MQTTVERSION_3_1_1;
  MQTTAsync_connect(anchor_, &nowhere);
}

std::optional<net::Failure> Engine::start() {
  const std::lock_guard lock(start_mutex_);
  if (!has_poller_) {
    if (const int error = sockets_.open_poller(); error != 0) return net::system_failure("epoll", error);
    has_poller_ = true;
    connect_anchor();
  }
  std::erase_if(owed_threads_, [](const auto& run) { return net::run_in_background(run); });
  if (!owed_threads_.empty()) return net::no_thread();
  return std::nullopt;
}

void Engine::owe_thread(std::function<void()> run) {
  owed_threads_.push_back(std::move(run));
}

uint16_t Engine::add(Session* session) {
  const std::lock_guard lock(mutex_);
  if (free_ids_.empty()) return 0;
  const uint16_t id = free_ids_.back();
  free_ids_.pop_back();
  sessions_[id] = session;
  return id;
}

void Engine::remove(uint16_t id) {
  if (id == 0) return;
  const std::lock_guard lock(mutex_);
  sessions_[id] = nullptr;
  free_ids_.insert(free_ids_.begin(), id);
}

size_t Engine::sessions() {
  const std::lock_guard lock(mutex_);
  return most_sessions - free_ids_.size();
}

void Engine::post(std::shared_ptr<Session> session) {
  std::unique_lock lock(mutex_);
  posted_.push_back(std::move(session));
  signal(std::move(lock));
}

void Engine::signal() {
  signal(std::unique_lock(mutex_));
}

/** Lets go of the lock first: who is woken needs it. */
void Engine::signal(std::unique_lock<std::mutex> lock) {
  signalled_ = true;
  const bool wakes = std::exchange(resting_, false);
  lock.unlock();
  if (wakes) wanted_.notify_one();
}

void Engine::rest() {
  if (serve_sessions()) {
    if (++rounds_ % rounds_between_flushes == 0) sockets_.flush();
    return;
  }
  sockets_.flush();
  std::unique_lock lock(mutex_);
  resting_ = true;
  wanted_.wait_for(lock, paho_interval, [this] { return signalled_; });
  resting_ = false;
  signalled_ = false;
}

bool Engine::serve_sessions() {
  std::vector<std::shared_ptr<Session>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& session : fed_) session->on_processed();
  fed_.clear();
  for (auto& session : posted)
    if (session->work()) fed_.push_back(std::move(session));
  return !fed_.empty();
}

}  // namespace mqtt_native::paho
