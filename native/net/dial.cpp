#include "net/dial.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <optional>
#include <utility>
#include <vector>

#include "net/background.hpp"
#include "net/resolve.hpp"
#include "net/tcp_stream.hpp"

namespace mqtt_native::net {

namespace {

constexpr auto attempt_delay = std::chrono::milliseconds(250);

/** The race between connection attempts to the addresses of one host. */
class Race {
 public:
  Race(std::vector<Address> addresses, TimePoint deadline, const Cancel& cancel)
      : addresses_(interleave(std::move(addresses))), deadline_(deadline), cancel_(cancel) {}

  DialResult run() {
    for (;;) {
      if (cancel_.requested()) return cancelled();
      if (Clock::now() >= deadline_) return timed_out("connecting to " + addresses_.front().text());
      if (started_ < addresses_.size() && (attempts_.empty() || Clock::now() >= next_start_)) {
        if (auto stream = start_next()) return stream;
        continue;
      }
      if (attempts_.empty()) return *last_failure_;
      if (auto stream = wait()) return stream;
    }
  }

 private:
  struct Attempt {
    FileDescriptor socket;
    const Address* address;
  };

  /**
   * The system's order, but alternating between the families, so that one dead family costs one delay only.
   */
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
    next_start_ = Clock::now() + attempt_delay;
    FileDescriptor socket(
        ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!socket) {
      last_failure_ = system_failure("socket", errno, address.text());
    } else if (::connect(socket.number(), address.data(), address.size()) == 0) {
      return std::make_unique<TcpStream>(std::move(socket));
    } else if (errno == EINPROGRESS) {
      attempts_.push_back({std::move(socket), &address});
    } else {
      last_failure_ = system_failure("connect", errno, address.text());
    }
    return nullptr;
  }

  std::unique_ptr<Stream> wait() {
    std::vector<pollfd> waiting{{cancel_.descriptor(), POLLIN, 0}};
    for (const Attempt& attempt : attempts_) waiting.push_back({attempt.socket.number(), POLLOUT, 0});
    const TimePoint wake = started_ < addresses_.size() ? std::min(deadline_, next_start_) : deadline_;
    if (::poll(waiting.data(), waiting.size(), milliseconds_until(wake)) <= 0) return nullptr;
    for (size_t i = attempts_.size(); i-- > 0;) {
      if (waiting[i + 1].revents == 0) continue;
      Attempt attempt = std::move(attempts_[i]);
      attempts_.erase(attempts_.begin() + static_cast<ptrdiff_t>(i));
      if (const int error = outcome(attempt.socket); error == 0)
        return std::make_unique<TcpStream>(std::move(attempt.socket));
      else
        last_failure_ = system_failure("connect", error, attempt.address->text());
      next_start_ = Clock::now();
    }
    return nullptr;
  }

  static int outcome(const FileDescriptor& socket) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }

  const std::vector<Address> addresses_;
  const TimePoint deadline_;
  const Cancel& cancel_;
  std::vector<Attempt> attempts_;
  size_t started_ = 0;
  TimePoint next_start_{};
  std::optional<Failure> last_failure_;
};

}  // namespace

DialResult dial(const Target& target, TimePoint deadline, const Cancel& cancel) {
  auto resolved = resolve(target.host, target.port, deadline, cancel);
  if (auto* failure = std::get_if<Failure>(&resolved)) return std::move(*failure);
  return Race(std::move(std::get<std::vector<Address>>(resolved)), deadline, cancel).run();
}

void dial_in_background(Target target, TimePoint deadline, std::shared_ptr<const Cancel> cancel,
                        const std::function<void(DialResult)>& done) {
  const bool started = run_in_background([target = std::move(target), deadline, cancel = std::move(cancel),
                                          done] { done(dial(target, deadline, *cancel)); });
  if (!started) done(no_thread());
}

}  // namespace mqtt_native::net
