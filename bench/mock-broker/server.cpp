#include "server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <utility>

namespace mock_broker {

namespace {

/** The time that clients may stay after standard input has ended. */
constexpr auto patience = std::chrono::seconds(3);

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

void watch(int epoll, int operation, int descriptor, uint32_t events) {
  epoll_event interest{};
  interest.events = events;
  interest.data.fd = descriptor;
  checked(::epoll_ctl(epoll, operation, descriptor, &interest), "epoll_ctl");
}

}  // namespace

Server::Server(size_t window, bool tls)
    : window_(window),
      tls_(tls ? std::make_unique<TlsServer>() : nullptr),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      listener_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  // The Linux default, which accepted sockets inherit. With BBR as the system's setting, its pacing would
  // send smaller pieces and dominate the measurement. A kernel without CUBIC keeps its own.
  constexpr std::string_view congestion_control = "cubic";
  ::setsockopt(listener_, IPPROTO_TCP, TCP_CONGESTION, congestion_control.data(), congestion_control.size());
  checked(::bind(listener_, generic, size), "bind");
  checked(::listen(listener_, 4096), "listen");
  checked(::getsockname(listener_, generic, &size), "getsockname");
  port_ = ntohs(address.sin_port);
  watch(epoll_, EPOLL_CTL_ADD, listener_, EPOLLIN);
  watch(epoll_, EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN);
}

Server::~Server() {
  connections_.clear();
  ::close(listener_);
  ::close(epoll_);
}

void Server::run() {
  using Clock = std::chrono::steady_clock;
  std::array<epoll_event, 256> events;
  Clock::time_point end = Clock::time_point::max();
  const auto ending = [&] { return end != Clock::time_point::max(); };
  while (!ending() || (!connections_.empty() && Clock::now() < end)) {
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), ending() ? 10 : -1);
    for (int i = 0; i < count; i++) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      const int descriptor = event.data.fd;
      if (descriptor == listener_) {
        accept();
      } else if (descriptor == STDIN_FILENO) {
        if (!input_ended()) continue;
        watch(epoll_, EPOLL_CTL_DEL, STDIN_FILENO, 0);
        end = Clock::now() + patience;
      } else if (const auto found = connections_.find(descriptor); found != connections_.end()) {
        if ((event.events & EPOLLOUT) != 0) want_pump(*found->second);
        if ((event.events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) found->second->on_readable();
      }
    }
    for (Connection* connection : std::exchange(to_pump_, {})) pump(*connection);
    forget_ended();
  }
  if (!connections_.empty())
    report_.violation(std::to_string(connections_.size()) + " clients never disconnected");
}

void Server::accept() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) return;
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto transport = tls_ ? tls_->accept(socket) : std::make_unique<PlainTransport>(socket);
    connections_.emplace(socket, std::make_unique<Connection>(socket, std::move(transport), *this));
    watch(epoll_, EPOLL_CTL_ADD, socket, EPOLLIN);
  }
}

bool Server::input_ended() const {
  std::array<char, 256> ignored;
  return ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

/**
 * A size at which all blocks fit into a processor's cache, and at which the cost of a system call for each is
 * negligible.
 */
size_t Server::flood_block() const {
  constexpr size_t for_all = 256 * 1024;
  constexpr size_t least = 16 * 1024;
  return std::max(least, for_all / connections_.size());
}

void Server::echo(const Incoming& message) {
  for (Connection* listener : listeners_) listener->offer(message);
}

void Server::want_pump(Connection& connection) {
  if (!std::exchange(connection.pump_wanted, true)) to_pump_.push_back(&connection);
}

void Server::pump(Connection& connection) {
  connection.pump_wanted = false;
  const bool wait = connection.pump() && !connection.over();
  if (wait == connection.waiting) return;
  connection.waiting = wait;
  watch(epoll_, EPOLL_CTL_MOD, connection.socket(), wait ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Server::forget_ended() {
  for (Connection* connection : std::exchange(ended_, {})) {
    listeners_.erase(connection);
    connections_.erase(connection->socket());
  }
}

}  // namespace mock_broker
