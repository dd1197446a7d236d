#include "session/event_loop.hpp"

namespace mqtt_native::session {

namespace {

constexpr auto draining_interval = std::chrono::milliseconds(100);
/** The interval of checks of another event loop. A blocked one delays input and replies for two of them. */
constexpr auto loop_check_interval = std::chrono::milliseconds(50);

}  // namespace

void EventLoop::add(std::shared_ptr<mqtt::Connection> connection, std::shared_ptr<LoopDelivery> delivery) {
  auto entry =
      std::make_unique<Entry>(Entry{.connection = std::move(connection), .delivery = std::move(delivery)});
  mqtt::Connection& added = *entry->connection;
  size_++;
  const int error = poller_.add(added.descriptor(), entry.get());
  if (error != 0) added.abort(base::system_failure("epoll_ctl", error));
  {
    const std::lock_guard lock(mutex_);
    added_.push_back(std::move(entry));
  }
  wake();
}

bool EventLoop::run_once(base::TimePoint due) {
  take_added();
  look(base::Clock::now());
  wait(is_busy_ ? base::Clock::now() : std::min(due, due_));
  const base::TimePoint now = base::Clock::now();
  if (now >= due_) tick(now);
  return poller_.was_woken();
}

void EventLoop::take_added() {
  const std::lock_guard lock(mutex_);
  std::move(added_.begin(), added_.end(), std::back_inserter(entries_));
  added_.clear();
}

/** Skips connections that have no input and are not ready. All other events wake this thread. */
void EventLoop::look(base::TimePoint now) {
  const bool all = std::exchange(serves_all_, false);
  if (all) due_ = base::never;
  is_busy_ = false;
  std::erase_if(entries_, [=, this](const std::unique_ptr<Entry>& entry) {
    return (all || entry->is_active) && !look_at(*entry, now);
  });
}

bool EventLoop::look_at(Entry& entry, base::TimePoint now) {
  mqtt::Connection& connection = *entry.connection;
  bool owes_replies = false;
  {
    const auto reader = connection.reader();
    if (connection.is_closed()) return drain(entry, now);
    connection.read();
    const bool has_input = connection.has_input();
    connection.end_batch(has_input);
    owes_replies = connection.writer().claim_replies();
    entry.is_active = has_input || connection.awaits_resume();
    is_busy_ |= has_input;
    due_ = std::min(due_, connection.due());
    if (entry.delivery) share_input(entry, now);
  }
  if (owes_replies) connection.writer().flush();
  return true;
}

/** Leaves the input to the other event loop while that reads. Checks detect a blocked one. */
void EventLoop::share_input(Entry& entry, base::TimePoint now) {
  const bool awaits = !entry.delivery->is_reading();
  if (awaits != std::exchange(entry.awaits_input, awaits)) {
    poller_.report_input(entry.connection->descriptor(), &entry, awaits);
    entry.check_due = awaits ? base::never : now + loop_check_interval;
  }
  due_ = std::min(due_, entry.check_due);
}

bool EventLoop::drain(Entry& entry, base::TimePoint now) {
  mqtt::Connection& connection = *entry.connection;
  connection.end_batch(false);
  if (connection.drains(now)) {
    entry.is_active = true;
    due_ = std::min(due_, now + draining_interval);
    return true;
  }
  poller_.remove(connection.descriptor());
  size_--;
  connection.release();
  return false;
}

void EventLoop::wait(base::TimePoint due) {
  for (const net::Readiness& ready : poller_.wait(due)) {
    auto& entry = *static_cast<Entry*>(ready.owner);
    const auto reader = entry.connection->reader();
    entry.connection->on_ready(ready.readable, ready.writable, ready.hung_up);
    entry.is_active = true;
  }
  serves_all_ |= poller_.was_woken();
}

void EventLoop::tick(base::TimePoint now) {
  serves_all_ = true;
  for (const auto& entry : entries_) {
    const auto reader = entry->connection->reader();
    if (now >= entry->connection->due()) entry->connection->tick(now);
    if (now < entry->check_due) continue;
    entry->delivery->check();
    entry->check_due = now + loop_check_interval;
  }
}

}  // namespace mqtt_native::session
