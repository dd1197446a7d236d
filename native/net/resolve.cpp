#include "net/resolve.hpp"

#include <netdb.h>
#include <poll.h>

#include <memory>

#include "base/background.hpp"

namespace mqtt_native::net {

namespace {

using Outcome = std::variant<std::vector<Address>, base::Failure>;

base::Failure lookup_failure(int error, const std::string& host) {
  if (error == EAI_SYSTEM) return base::system_failure("getaddrinfo", errno, host);
  const std::string code = error == EAI_AGAIN ? "EAI_AGAIN" : error == EAI_FAIL ? "EAI_FAIL" : "ENOTFOUND";
  return {code, "getaddrinfo " + code + ' ' + host};
}

Outcome look_up(const std::string& host, uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (error != 0) return lookup_failure(error, host);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) addresses.emplace_back(*entry);
  return addresses;
}

/** The state that the lookup thread and its caller share. It outlives both. */
struct Lookup {
  Outcome outcome;
  std::atomic<bool> done = false;                            // orders the accesses to `outcome`
  base::FileDescriptor finished{::eventfd(0, EFD_CLOEXEC)};  // readable once done
};

}  // namespace

Outcome resolve(const std::string& host, uint16_t port, const ConnectDeadline& connect_deadline) {
  Outcome numeric = look_up(host, port, AI_NUMERICHOST);
  if (std::holds_alternative<std::vector<Address>>(numeric)) return numeric;

  // getaddrinfo can neither be interrupted nor given a deadline, so it runs in a thread that may be
  // abandoned.
  auto lookup = std::make_shared<Lookup>();
  if (!lookup->finished) return base::system_failure("eventfd", errno);
  auto not_started = base::run_in_background([lookup, host, port] {
    // AI_ADDRCONFIG is not set: it ignores loopback addresses, so localhost would have no 127.0.0.1 on a host
    // with IPv6 alone. Unreachable addresses are sorted last anyway (RFC 6724, rule 1).
    lookup->outcome = look_up(host, port, 0);
    lookup->done = true;
    eventfd_write(lookup->finished.number(), 1);
  });
  if (not_started) return std::move(*not_started);

  while (!lookup->done)
    if (auto failure = connect_deadline.wait_for(lookup->finished.number(), POLLIN, "resolving " + host))
      return std::move(*failure);
  return std::move(lookup->outcome);
}

}  // namespace mqtt_native::net
