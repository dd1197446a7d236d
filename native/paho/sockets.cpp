#include "paho/sockets.hpp"

#include <cerrno>
#include <utility>

#include "net/parts.hpp"

namespace mqtt_native::paho {

namespace {

/**
 * While packets wait in buffers, the network, the timers
 * and the unsent bytes still get their turn this often.
 */
constexpr unsigned rounds_between_turns = 64;
constexpr auto closing_step = std::chrono::milliseconds(100);

/** Connections to which the current thread has given packets that it has not flushed. */
thread_local std::vector<std::shared_ptr<wire::Connection>> unflushed;

}  // namespace

Sockets::Sockets() {
  free_slots_.reserve(slot_count);
  for (int slot = slot_count; slot-- > 0;) free_slots_.push_back(slot);
}

wire::Connection* Sockets::find(int descriptor) {
  Slot& slot = slot_of(descriptor);
  const int generation = (descriptor - first_descriptor) >> slot_bits;
  if (slot.generation.load(std::memory_order_acquire) != generation) return nullptr;
  return slot.connection.load(std::memory_order_acquire);
}

int Sockets::open() {
  const std::lock_guard lock(mutex_);
  if (free_slots_.empty()) {
    errno = EMFILE;
    return -1;
  }
  const int slot = free_slots_.back();
  free_slots_.pop_back();
  return first_descriptor | slots_[static_cast<size_t>(slot)].generation << slot_bits | slot;
}

size_t Sockets::count() {
  const std::lock_guard lock(mutex_);
  return slot_count - free_slots_.size();
}

void Sockets::attach(int descriptor, std::shared_ptr<wire::Connection> connection) {
  Slot& slot = slot_of(descriptor);
  wire::Connection* raw = connection.get();
  {
    const std::lock_guard lock(mutex_);
    slot.owner = std::move(connection);
  }
  slot.fresh = true;
  slot.connection.store(raw, std::memory_order_release);
  if (const int error = poller_.add(raw->descriptor(), raw); error != 0)
    raw->abort(net::system_failure("epoll_ctl", error));
  wake();
}

void Sockets::close(int descriptor) {
  Slot& slot = slot_of(descriptor);
  if (wire::Connection* connection = find(descriptor)) {
    const auto reader = connection->reader();
    connection->close();
  }
  {
    const std::lock_guard lock(mutex_);
    slot.connection.store(nullptr, std::memory_order_release);
    slot.fresh = false;
    slot.generation = (slot.generation + 1) & generation_mask;
    free_slots_.push_back(descriptor & (slot_count - 1));
    if (!slot.owner) return;
    closed_.push_back(std::move(slot.owner));
  }
  wake();
}

ssize_t Sockets::read(int descriptor, void* into, size_t size) {
  if (wire::Connection* connection = find(descriptor)) {
    const auto reader = connection->reader();
    return connection->receive(into, size);
  }
  errno = ENOTCONN;
  return -1;
}

ssize_t Sockets::write(int descriptor, const iovec* parts, int count) {
  const std::span packet(parts, static_cast<size_t>(count));
  if (wire::Connection* connection = find(descriptor)) {
    slot_of(descriptor).fresh = false;
    if (connection->send(packet)) unflushed.push_back(connection->shared_from_this());
  }
  // Always whole: Paho's handling of partial writes loses packets.
  return static_cast<ssize_t>(net::size_of(packet));
}

void Sockets::flush() {
  for (const auto& connection : unflushed) connection->flush();
  unflushed.clear();
}

int Sockets::poll_writable(pollfd* entries, nfds_t count) {
  for (nfds_t i = 0; i < count; i++) entries[i].revents = find(entries[i].fd) != nullptr ? POLLOUT : 0;
  return static_cast<int>(count);
}

/**
 * Mostly what comes is not for Paho. It is told when something is, when its own time is over, and when this
 * thread has been woken: then there may be a connection that is not among the entries.
 */
int Sockets::poll_readable(pollfd* entries, nfds_t count, int timeout) {
  polled_ = true;
  const std::span all(entries, count);
  const net::TimePoint end = net::Clock::now() + std::chrono::milliseconds(timeout);
  bool is_over = false;
  if (++rounds_ % rounds_between_turns == 0) {
    turn(net::Clock::now());
    tick(all);
    is_over = poller_.was_woken();
  }
  for (;;) {
    const Look look = look_at(all);
    if (look.ready > 0 || look.fresh || is_over) return look.ready;
    turn(look.busy ? net::Clock::now() : std::min(look.due, end));
    const net::TimePoint now = net::Clock::now();
    if (now >= look.due) tick(all);
    is_over = now >= end || poller_.was_woken();
    look_at_all_ |= is_over;
  }
}

/**
 * Has every connection take what it can, and notes what there is for Paho. Those that had nothing the last
 * time, and have not become ready since, are passed over: of a thousand mostly all but one. What they wait
 * for otherwise wakes this thread. When they are due can hardly have become sooner: only that of a ping which
 * has not left yet, as the peer takes nothing.
 */
Sockets::Look Sockets::look_at(std::span<pollfd> entries) {
  const bool all = std::exchange(look_at_all_, false);
  Look look{.due = all ? net::never : due_};
  for (pollfd& entry : entries) {
    wire::Connection* connection = find(entry.fd);
    entry.revents = 0;
    if (connection == nullptr) continue;
    look.fresh |= slot_of(entry.fd).fresh;
    if (connection->is_quiet() && !all) continue;
    const auto reader = connection->reader();
    const bool ready = connection->readable();
    if (ready) {
      entry.revents = POLLIN;
      look.ready++;
    }
    if (connection->claim_replies()) unflushed.push_back(connection->shared_from_this());
    const bool busy = connection->has_input();
    look.busy |= busy;
    connection->announce_news(busy && !ready);
    connection->set_quiet(!ready && !busy);
    look.due = std::min(look.due, connection->due());
  }
  due_ = look.due;
  return look;
}

void Sockets::tick(std::span<pollfd> entries) {
  look_at_all_ = true;
  const net::TimePoint now = net::Clock::now();
  for (const pollfd& entry : entries) {
    wire::Connection* connection = find(entry.fd);
    if (connection == nullptr) continue;
    const auto reader = connection->reader();
    if (now >= connection->due()) connection->tick(now);
  }
}

void Sockets::idle(net::TimePoint due) {
  if (!std::exchange(polled_, false)) turn(due);
}

/** One visit to the kernel: what was gathered leaves, what has become possible is noted. */
void Sockets::turn(net::TimePoint due) {
  flush();
  if (!closing_.empty()) due = std::min(due, net::Clock::now() + closing_step);
  for (const net::Readiness& ready : poller_.wait(due)) {
    auto* connection = static_cast<wire::Connection*>(ready.owner);
    const auto reader = connection->reader();
    connection->on_ready(ready.readable, ready.writable, ready.hung_up);
    connection->set_quiet(false);
  }
  look_at_all_ |= poller_.was_woken();
  finish_closed(net::Clock::now());
}

void Sockets::finish_closed(net::TimePoint now) {
  {
    const std::lock_guard lock(mutex_);
    for (auto& connection : closed_) closing_.push_back(std::move(connection));
    closed_.clear();
  }
  std::erase_if(closing_, [this, now](const auto& connection) {
    const auto reader = connection->reader();
    connection->announce_news(false);
    if (connection->drains(now)) return false;
    poller_.remove(connection->descriptor());
    connection->release();
    return true;
  });
}

}  // namespace mqtt_native::paho
