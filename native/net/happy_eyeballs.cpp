#include "net/happy_eyeballs.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>

#include "net/socket_stream.hpp"

namespace mqtt_native::net {

namespace {

constexpr auto attempt_delay = std::chrono::milliseconds(250);

class HappyEyeballs {
 public:
  HappyEyeballs(std::vector<Address> addresses, const LocalEndpoint& local, const ConnectDeadline& deadline)
      : addresses_(interleave(std::move(addresses))), local_(local), deadline_(deadline) {}

  DialResult run() {
    for (;;) {
      if (auto failure = deadline_.check("connecting to " + addresses_.front().text())) return *failure;
      if (started_ < addresses_.size() && (attempts_.empty() || base::Clock::now() >= next_start_)) {
        if (auto stream = start_next()) return stream;
        continue;
      }
      if (attempts_.empty()) return *last_failure_;
      if (auto stream = wait()) return stream;
    }
  }

 private:
  struct Attempt {
    base::FileDescriptor socket;
    const Address* address;
  };

  /** Alternates between the address families, so that one dead family costs one delay only. */
  static std::vector<Address> interleave(std::vector<Address> addresses) {
    std::vector<Address> first, second, mixed;
    for (auto& address : addresses)
      (address.family() == addresses.front().family() ? first : second).push_back(address);
    for (size_t i = 0; i < first.size() || i < second.size(); i++) {
      if (i < first.size()) mixed.push_back(first[i]);
      if (i < second.size()) mixed.push_back(second[i]);
    }
    return mixed;
  }

  std::unique_ptr<Stream> start_next() {
    const Address& address = addresses_[started_++];
    next_start_ = base::Clock::now() + attempt_delay;
    base::FileDescriptor socket(
        ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!socket) {
      note("socket", errno, address);
      return nullptr;
    }
    if (auto failure = local_.prepare(socket.number(), address.family())) {
      last_failure_ = std::move(failure);
    } else if (::connect(socket.number(), address.data(), address.size()) == 0) {
      return stream_over(std::move(socket));
    } else if (errno == EINPROGRESS) {
      attempts_.push_back({std::move(socket), &address});
    } else {
      note("connect", errno, address);
    }
    return nullptr;
  }

  /** Whether an error is local (the machine has no route), so that it tells nothing about the peer. */
  static bool leads_nowhere(int error) {
    return error == ENETUNREACH || error == EADDRNOTAVAIL || error == EAFNOSUPPORT;
  }

  /** Keeps the last failure, but a peer's answer takes precedence over a missing route. */
  void note(std::string_view call, int error, const Address& address) {
    if (!last_failure_ || !leads_nowhere(error))
      last_failure_ = base::system_failure(call, error, address.text());
  }

  std::unique_ptr<Stream> wait() {
    std::vector<pollfd> waiting{{deadline_.cancellation().descriptor(), POLLIN, 0}};
    for (const Attempt& attempt : attempts_) waiting.push_back({attempt.socket.number(), POLLOUT, 0});
    const base::TimePoint wake =
        started_ < addresses_.size() ? std::min(deadline_.time_point(), next_start_) : deadline_.time_point();
    if (::poll(waiting.data(), waiting.size(), base::milliseconds_until(wake)) <= 0) return nullptr;
    for (size_t i = attempts_.size(); i-- > 0;) {
      if (waiting[i + 1].revents == 0) continue;
      Attempt attempt = std::move(attempts_[i]);
      attempts_.erase(attempts_.begin() + static_cast<ptrdiff_t>(i));
      if (const int error = outcome(attempt.socket); error == 0)
        return stream_over(std::move(attempt.socket));
      else
        note("connect", error, *attempt.address);
      next_start_ = base::Clock::now();
    }
    return nullptr;
  }

  [[nodiscard]] std::unique_ptr<Stream> stream_over(base::FileDescriptor socket) const {
    const bool acknowledges_early = !local_.sets(IPPROTO_TCP, TCP_QUICKACK);
    return std::make_unique<SocketStream>(std::move(socket), acknowledges_early);
  }

  static int outcome(const base::FileDescriptor& socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }

  const std::vector<Address> addresses_;
  const LocalEndpoint& local_;
  const ConnectDeadline& deadline_;
  std::vector<Attempt> attempts_;
  size_t started_ = 0;
  base::TimePoint next_start_{};
  std::optional<base::Failure> last_failure_;
};

}  // namespace

DialResult happy_eyeballs(std::vector<Address> addresses, const LocalEndpoint& local,
                          const ConnectDeadline& deadline) {
  const auto out_of_reach = [&local](const Address& address) {
    return !local.address.empty() && address.family() != local.family();
  };
  // An IPv4 socket cannot reach an IPv6 address. If no other address is left, the system reports the error.
  if (!std::all_of(addresses.begin(), addresses.end(), out_of_reach)) std::erase_if(addresses, out_of_reach);
  return HappyEyeballs(std::move(addresses), local, deadline).run();
}

}  // namespace mqtt_native::net
