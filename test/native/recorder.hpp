#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "session/events.hpp"

namespace mqtt_native::test {

/** Records a session's events: messages and completions once `notify` is called. */
class Recorder final : public session::Events {
 public:
  void connected(mqtt::BytesView) override { note("connected"); }
  void authentication(mqtt::BytesView packet) override {
    note("authentication " + std::to_string(packet.size()));
  }
  void connect_failed(const mqtt::CloseReason& reason) override { note("failed " + reason.failure.code); }
  void deviation(mqtt::Deviation deviation) override {
    note("deviation " + std::to_string(static_cast<int>(deviation)));
  }
  void message(const session::Message& message) override {
    keep("message " + std::string(message.topic) + ' ' + std::to_string(message.payload.size()) +
         (message.deferred ? " deferred" : "") + (message.repeated ? " again" : ""));
    if (message.deferred) last_connection_ = message.connection;
  }
  void completed(const session::Completion& completion) override {
    for (uint32_t i = 0; i < completion.count; i++) keep(describe(completion, completion.token + i));
  }
  void notify() override {
    const std::lock_guard lock(mutex_);
    arrive();
  }
  void closed(const mqtt::CloseReason* reason) override {
    note(reason == nullptr ? "closed" : "lost " + reason->failure.code);
  }
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> paused() const override { return paused_; }

  /** The next event, in order. */
  std::string next() {
    std::unique_lock lock(mutex_);
    REQUIRE(arrived_.wait_for(lock, std::chrono::seconds(10), [this] { return taken_ < events_.size(); }));
    return events_[taken_++];
  }
  /** The number of the connection that the latest deferred message has come on. */
  [[nodiscard]] uint16_t last_connection() const { return last_connection_; }
  /** The next event, if there is one already. */
  std::optional<std::string> poll() {
    const std::lock_guard lock(mutex_);
    return taken_ < events_.size() ? std::optional(events_[taken_++]) : std::nullopt;
  }
  size_t count() {
    const std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  static std::string describe(const session::Completion& completion, uint32_t token) {
    const std::string name = std::to_string(token);
    const std::string sent = completion.was_sent ? " sent" : "";
    switch (completion.outcome) {
      case session::Outcome::answered:
        return "completed " + name;
      case session::Outcome::session_lost:
        return "session lost " + name + sent;
      case session::Outcome::expired:
        return "expired " + name + sent;
      case session::Outcome::refused:
        return "refused " + name + " with " + std::to_string(completion.reason_code) + sent;
    }
    return {};
  }

  void note(std::string event) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(std::move(event));
    arrive();
  }
  void keep(std::string event) {
    const std::lock_guard lock(mutex_);
    pending_.push_back(std::move(event));
  }
  void arrive() {
    std::move(pending_.begin(), pending_.end(), std::back_inserter(events_));
    pending_.clear();
    arrived_.notify_all();
  }

  const std::shared_ptr<std::atomic<bool>> paused_ = std::make_shared<std::atomic<bool>>(false);
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::string> events_;
  std::vector<std::string> pending_;
  size_t taken_ = 0;
  std::atomic<uint16_t> last_connection_ = 0;
};

}  // namespace mqtt_native::test
