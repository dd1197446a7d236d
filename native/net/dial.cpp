#include "net/dial.hpp"

#include <poll.h>
#include <sys/un.h>

#include "base/background.hpp"
#include "net/happy_eyeballs.hpp"
#include "net/resolve.hpp"
#include "net/socket_stream.hpp"

namespace mqtt_native::net {

namespace {

/** Returns the path for messages, with `@` for the NUL of an abstract name. */
std::string shown(const std::string& path) {
  return path.starts_with('\0') ? '@' + path.substr(1) : path;
}

DialResult reach_path(const std::string& path, const LocalEndpoint& local,
                      const ConnectDeadline& connect_deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // abstract names have no terminating NUL
  const size_t needed = path.size() + (path.starts_with('\0') ? 0 : 1);
  if (needed > sizeof address.sun_path) return base::system_failure("connect", ENAMETOOLONG, shown(path));
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + needed);
  for (;;) {
    if (auto failure = connect_deadline.check("connecting to " + shown(path))) return std::move(*failure);
    base::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return base::system_failure("socket", errno, shown(path));
    if (auto failure = local.prepare(socket.number(), AF_UNIX)) return std::move(*failure);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0)
      return std::make_unique<SocketStream>(std::move(socket));
    // The queue of the listening Unix socket is full. connect(2) does not continue in the background then,
    // and no event tells when there is room.
    if (errno != EAGAIN) return base::system_failure("connect", errno, shown(path));
    pollfd cancelled{connect_deadline.cancellation().descriptor(), POLLIN, 0};
    constexpr int retry_after = 10;  // milliseconds
    ::poll(&cancelled, 1, retry_after);
  }
}

DialResult reach_host(const std::string& host, uint16_t port, const LocalEndpoint& local,
                      const ConnectDeadline& connect_deadline) {
  auto resolved = resolve(host, port, connect_deadline);
  if (auto* failure = std::get_if<base::Failure>(&resolved)) return std::move(*failure);
  return happy_eyeballs(std::move(std::get<std::vector<Address>>(resolved)), local, connect_deadline);
}

/** Returns the destination for the proxy: the broker's name, or one of its addresses. */
std::variant<proxy::Destination, base::Failure> resolve_destination(const Target& target,
                                                                    const ConnectDeadline& connect_deadline) {
  if (target.proxy->remote_dns) return proxy::Destination{target.host, target.port};
  auto resolved = resolve(target.host, target.port, connect_deadline);
  if (auto* failure = std::get_if<base::Failure>(&resolved)) return std::move(*failure);
  // SOCKS4 supports IPv4 addresses only.
  const bool ipv4_only = target.proxy->kind == proxy::Proxy::Kind::socks4;
  for (const Address& address : std::get<std::vector<Address>>(resolved))
    if (!ipv4_only || address.family() == AF_INET) return proxy::Destination{address.host(), target.port};
  return base::Failure{"ENOTFOUND",
                       "getaddrinfo ENOTFOUND " + target.host + " (SOCKS4 needs an IPv4 address)"};
}

DialResult reach_through(const Target& target, const ConnectDeadline& connect_deadline) {
  const proxy::Proxy& proxy = *target.proxy;
  auto destination = resolve_destination(target, connect_deadline);
  if (auto* failure = std::get_if<base::Failure>(&destination)) return std::move(*failure);
  DialResult reached = reach_host(proxy.host, proxy.port, target.local, connect_deadline);
  if (auto* stream = std::get_if<std::unique_ptr<Stream>>(&reached))
    if (auto failure = proxy::connect_through(**stream, proxy, std::get<proxy::Destination>(destination),
                                              connect_deadline))
      return std::move(*failure);
  return reached;
}

DialResult reach(const Target& target, const ConnectDeadline& connect_deadline) {
  if (!target.path.empty()) return reach_path(target.path, target.local, connect_deadline);
  if (target.proxy) return reach_through(target, connect_deadline);
  return reach_host(target.host, target.port, target.local, connect_deadline);
}

}  // namespace

DialResult dial(const Target& target, base::TimePoint deadline, const CancellationToken& cancel) {
  const ConnectDeadline connect_deadline(deadline, cancel);
  DialResult result = reach(target, connect_deadline);
  const auto put_on_top = [&result](const auto& layer) {
    if (auto* stream = std::get_if<std::unique_ptr<Stream>>(&result)) result = layer(std::move(*stream));
  };
  if (target.tls)
    put_on_top(
        [&](auto stream) { return target.tls->secure(std::move(stream), target.host, connect_deadline); });
  if (target.websocket)
    put_on_top([&](auto stream) {
      return websocket::upgrade(std::move(stream), *target.websocket, connect_deadline);
    });
  return result;
}

void dial_in_background(Target target, base::TimePoint deadline,
                        std::shared_ptr<const CancellationToken> cancel,
                        const std::function<void(DialResult)>& done) {
  auto failure = base::run_in_background([target = std::move(target), deadline, cancel = std::move(cancel),
                                          done] { done(dial(target, deadline, *cancel)); });
  if (failure) done(std::move(*failure));
}

}  // namespace mqtt_native::net
