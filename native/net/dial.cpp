#include "net/dial.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <utility>

#include "net/background.hpp"
#include "net/race.hpp"
#include "net/resolve.hpp"
#include "net/socket_stream.hpp"

namespace mqtt_native::net {

namespace {

/** How a path is shown: `@` stands for the NUL of an abstract name. */
std::string shown(const std::string& path) {
  return path.starts_with('\0') ? '@' + path.substr(1) : path;
}

DialResult reach_path(const std::string& path, const LocalSide& local, const Patience& patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t needed = path.size() + (path.starts_with('\0') ? 0 : 1);  // abstract names have no end mark
  if (needed > sizeof address.sun_path) return system_failure("connect", ENAMETOOLONG, shown(path));
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + needed);
  for (;;) {
    if (auto failure = patience.over("connecting to " + shown(path))) return std::move(*failure);
    FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return system_failure("socket", errno, shown(path));
    if (auto failure = local.prepare(socket.number(), AF_UNIX)) return std::move(*failure);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0)
      return std::make_unique<SocketStream>(std::move(socket));
    // A Unix socket does not go on connecting in the background: its queue is full, and nothing tells when
    // not.
    if (errno != EAGAIN) return system_failure("connect", errno, shown(path));
    pollfd cancelled{patience.cancel().descriptor(), POLLIN, 0};
    constexpr int retry_after = 10;  // milliseconds
    ::poll(&cancelled, 1, retry_after);
  }
}

DialResult reach_host(const std::string& host, uint16_t port, const LocalSide& local,
                      const Patience& patience) {
  auto resolved = resolve(host, port, patience);
  if (auto* failure = std::get_if<Failure>(&resolved)) return std::move(*failure);
  return race(std::move(std::get<std::vector<Address>>(resolved)), local, patience);
}

/** What the proxy is told: the broker's name, or one of its addresses. */
std::variant<proxy::Destination, Failure> destination_of(const Target& target, const Patience& patience) {
  if (target.proxy->remote_names) return proxy::Destination{target.host, target.port};
  auto resolved = resolve(target.host, target.port, patience);
  if (auto* failure = std::get_if<Failure>(&resolved)) return std::move(*failure);
  // SOCKS4 knows no other addresses than those of IPv4.
  const bool ipv4_only = target.proxy->kind == proxy::Proxy::Kind::socks4;
  for (const Address& address : std::get<std::vector<Address>>(resolved))
    if (!ipv4_only || address.family() == AF_INET) return proxy::Destination{address.host(), target.port};
  return Failure{"ENOTFOUND", "getaddrinfo ENOTFOUND " + target.host + " (SOCKS4 needs an IPv4 address)"};
}

DialResult reach_through(const Target& target, const Patience& patience) {
  const proxy::Proxy& proxy = *target.proxy;
  auto destination = destination_of(target, patience);
  if (auto* failure = std::get_if<Failure>(&destination)) return std::move(*failure);
  DialResult reached = reach_host(proxy.host, proxy.port, target.local, patience);
  if (auto* stream = std::get_if<std::unique_ptr<Stream>>(&reached))
    if (auto failure =
            proxy::connect_through(**stream, proxy, std::get<proxy::Destination>(destination), patience))
      return std::move(*failure);
  return reached;
}

DialResult reach(const Target& target, const Patience& patience) {
  if (!target.path.empty()) return reach_path(target.path, target.local, patience);
  if (target.proxy) return reach_through(target, patience);
  return reach_host(target.host, target.port, target.local, patience);
}

}  // namespace

DialResult dial(const Target& target, TimePoint deadline, const Cancel& cancel) {
  const Patience patience(deadline, cancel);
  DialResult result = reach(target, patience);
  const auto put_on_top = [&result](const auto& layer) {
    if (auto* stream = std::get_if<std::unique_ptr<Stream>>(&result)) result = layer(std::move(*stream));
  };
  if (target.tls)
    put_on_top([&](auto stream) { return target.tls->secure(std::move(stream), target.host, patience); });
  if (target.websocket)
    put_on_top(
        [&](auto stream) { return websocket::upgrade(std::move(stream), *target.websocket, patience); });
  return result;
}

void dial_in_background(Target target, TimePoint deadline, std::shared_ptr<const Cancel> cancel,
                        const std::function<void(DialResult)>& done) {
  const bool started = run_in_background([target = std::move(target), deadline, cancel = std::move(cancel),
                                          done] { done(dial(target, deadline, *cancel)); });
  if (!started) done(no_thread());
}

}  // namespace mqtt_native::net
