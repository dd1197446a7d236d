#include "paho/adapter.hpp"

#include <netinet/in.h>

#include "base/background.hpp"
#include "paho/control_planes.hpp"

namespace mqtt_native::paho {

namespace {

/** The interval of Paho's own timers. No timer of the session depends on them. */
constexpr auto timer_interval = std::chrono::seconds(1);
/** 240.0.0.1, from a reserved block. Nothing is ever sent there. */
constexpr in_addr_t broker_address = 0xF0000001;

}  // namespace

session::ControlPlaneFactory& make_control_planes(session::Runtime& runtime) {
  return *new Adapter(runtime);
}

Adapter::Adapter(session::Runtime& runtime) : runtime_(runtime) {
  for (uint16_t number = max_number; number > 0; number--) free_numbers_.push_back(number);
  instance_ = this;
}

std::optional<base::Failure> Adapter::start() {
  const std::lock_guard lock(start_mutex_);
  if (!has_poller_) {
    if (const int error = runtime_.loop().open(); error != 0) return base::system_failure("epoll", error);
    has_poller_ = true;
    connect_anchor();
  }
  std::optional<base::Failure> failure;
  std::erase_if(threads_to_retry_, [&failure](const auto& run) {
    if (!failure) failure = base::run_in_background(run);
    return !failure;
  });
  return failure;
}

/**
 * Creates the anchor client. Paho starts its threads with the first connect, and stops them when its last
 * client is destroyed, which takes up to seconds. The anchor is never destroyed. Its connect never completes,
 * but the threads run.
 */
void Adapter::connect_anchor() {
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
  options.MQTTVersion = MQTTVERSION_3_1_1;
  MQTTAsync_createWithOptions(&anchor_, make_uri(0).c_str(), "", MQTTCLIENT_PERSISTENCE_NONE, nullptr,
                              &options);
  MQTTAsync_connectOptions nowhere = MQTTAsync_connectOptions_initializer;
  nowhere.MQTTVersion = MQTTVERSION_3_1_1;
  MQTTAsync_connect(anchor_, &nowhere);
}

void Adapter::start_thread(std::function<void()> run) {
  if (base::run_in_background(run)) threads_to_retry_.push_back(std::move(run));
}

std::shared_ptr<session::ControlPlane> Adapter::create(
    std::weak_ptr<session::ControlPlane::Listener> listener, mqtt::Protocol protocol) {
  return std::make_shared<PahoControlPlane>(*this, std::move(listener), protocol);
}

uint16_t Adapter::acquire_number(PahoControlPlane& control_plane) {
  const std::lock_guard lock(mutex_);
  if (free_numbers_.empty()) return 0;
  const uint16_t number = free_numbers_.back();
  free_numbers_.pop_back();
  control_planes_[number] = &control_plane;
  return number;
}

void Adapter::release_number(uint16_t number) {
  if (number == 0) return;
  const std::lock_guard lock(mutex_);
  control_planes_[number] = nullptr;
  free_numbers_.push_back(number);
}

std::string Adapter::make_uri(uint16_t number) {
  return "tcp://240.0.0.1:" + std::to_string(number);
}

PahoControlPlane* Adapter::find(const sockaddr& address) {
  if (address.sa_family != AF_INET) return nullptr;
  sockaddr_in target{};
  std::memcpy(&target, &address, sizeof target);
  const uint16_t number = ntohs(target.sin_port);
  if (ntohl(target.sin_addr.s_addr) != broker_address || number > max_number) return nullptr;
  return control_planes_[number];
}

void Adapter::on_requested(std::shared_ptr<PahoControlPlane> control_plane) {
  requested_.push_back(std::move(control_plane));
}

/** Paho calls this once it has processed all commands, so all requests have been written. */
void Adapter::run_sessions() {
  for (const auto& control_plane : std::exchange(requested_, {})) control_plane->on_processed();
  runtime_.run_posted();
  if (requested_.empty()) runtime_.wait_for_work(timer_interval);
}

/** Returns as poll(2), and after a wake-up: a descriptor may be new then, and not among the entries. */
int Adapter::poll_readable(std::span<pollfd> entries, int timeout) {
  has_polled_ = true;
  const base::TimePoint end = base::Clock::now() + std::chrono::milliseconds(timeout);
  const auto must_return = [this, entries] {
    return sockets_.poll_readable(entries) > 0 || sockets_.has_new(entries);
  };
  bool is_over = must_return();
  if (is_over) runtime_.loop().run_once(base::Clock::now());  // packets for Paho do not starve connections
  while (!is_over) is_over = runtime_.loop().run_once(end) || base::Clock::now() >= end || must_return();
  return sockets_.poll_readable(entries);
}

/** Paho also sleeps after a poll without result. That poll has waited already. */
void Adapter::sleep(std::chrono::microseconds duration) {
  if (!std::exchange(has_polled_, false)) runtime_.loop().run_once(base::Clock::now() + duration);
}

}  // namespace mqtt_native::paho
