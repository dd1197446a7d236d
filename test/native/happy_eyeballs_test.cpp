#include "net/happy_eyeballs.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <chrono>

#include "addresses.hpp"
#include "test_broker.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native::base;
using namespace mqtt_native::net;
using mqtt_native::test::address_of;
using mqtt_native::test::TestBroker;

namespace {

/** The delay that RFC 8305, section 5, recommends. */
constexpr auto attempt_delay = 250ms;

/** Long enough for every attempt, and never reached. */
TimePoint soon() {
  return Clock::now() + 20s;
}

struct Reached {
  std::string code;
  uint16_t port = 0;
  Clock::duration took{};
};

/** Returns the result of connecting to these addresses. */
Reached run(const std::vector<Address>& addresses, TimePoint deadline,
            const CancellationToken& cancel = CancellationToken()) {
  const TimePoint begin = Clock::now();
  const DialResult result = happy_eyeballs(addresses, LocalEndpoint(), ConnectDeadline(deadline, cancel));
  const auto took = Clock::now() - begin;
  if (const auto* failure = std::get_if<Failure>(&result)) return {failure->code, 0, took};
  sockaddr_in6 peer{};  // the port has the same place as in sockaddr_in
  socklen_t size = sizeof peer;
  const int socket = std::get<std::unique_ptr<Stream>>(result)->descriptor();
  REQUIRE(::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0);
  return {"", ntohs(peer.sin6_port), took};
}

/** A port that does not answer: its queue is full, so the system drops connection requests. */
class SilentPort {
 public:
  explicit SilentPort(const std::string& host = "127.0.0.1") {
    Address any = address_of(host, 0);
    listener_ = FileDescriptor(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener_.number(), any.data(), any.size()) == 0);
    REQUIRE(::listen(listener_.number(), 0) == 0);  // accepts one connection nevertheless
    sockaddr_in6 bound{};
    socklen_t size = sizeof bound;
    REQUIRE(::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    address_ = address_of(host, ntohs(bound.sin6_port));
    only_one_ = FileDescriptor(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(only_one_.number(), address_->data(), address_->size()) == 0);
  }

  [[nodiscard]] const Address& address() const { return *address_; }

 private:
  FileDescriptor listener_, only_one_;
  std::optional<Address> address_;
};

/** An address that refuses at once. */
Address refusing() {
  return address_of("127.0.0.1", 1);
}

}  // namespace

TEST_CASE("an address that does not answer delays the next one by 250 ms") {
  const SilentPort silent;
  const TestBroker broker;
  const auto [code, port, took] = run({silent.address(), address_of("127.0.0.1", broker.port())}, soon());
  CHECK(code.empty());
  CHECK(port == broker.port());
  CHECK(took >= attempt_delay);
}

TEST_CASE("each further silent address costs another delay") {
  const SilentPort one, two, three;
  const TestBroker broker;
  const auto [code, port, took] =
      run({one.address(), two.address(), three.address(), address_of("127.0.0.1", broker.port())}, soon());
  CHECK(port == broker.port());
  CHECK(took >= 3 * attempt_delay);
}

TEST_CASE("an address that refuses does not delay the next one") {
  const SilentPort silent;
  const TestBroker broker;
  const Address good = address_of("127.0.0.1", broker.port());
  // A hundred refusals would exceed the deadline if each delayed the next one.
  std::vector<Address> addresses(100, refusing());
  addresses.push_back(good);
  CHECK(run(addresses, soon()).port == broker.port());
  CHECK(run({silent.address(), refusing(), good}, soon()).port == broker.port());
}

TEST_CASE("address families alternate, so that a dead one costs one delay") {
  const SilentPort dead("::1");
  const TestBroker second_of_six(AF_INET6), first_of_four;
  const std::vector<Address> addresses = {dead.address(), address_of("::1", second_of_six.port()),
                                          address_of("127.0.0.1", first_of_four.port())};
  CHECK(run(addresses, soon()).port == first_of_four.port());
}

TEST_CASE("a silent address may answer until the deadline, though the last one has failed") {
  const SilentPort silent;
  CHECK(run({silent.address(), refusing()}, Clock::now() + 600ms).code == "TIMEOUT");
  CHECK(run({refusing(), refusing()}, soon()).code == "ECONNREFUSED");
}

TEST_CASE("addresses of another family than the local one are skipped, unless there is no other") {
  const TestBroker six(AF_INET6), four;
  LocalEndpoint local;
  local.address = "127.0.0.1";
  const CancellationToken cancel;
  const DialResult result =
      happy_eyeballs({address_of("::1", six.port()), address_of("127.0.0.1", four.port())}, local,
                     ConnectDeadline(soon(), cancel));
  CHECK(std::holds_alternative<std::unique_ptr<Stream>>(result));
  const DialResult none =
      happy_eyeballs({address_of("::1", six.port())}, local, ConnectDeadline(soon(), cancel));
  CHECK(std::holds_alternative<Failure>(none));
}

TEST_CASE("connecting to silent addresses can be cancelled") {
  const SilentPort one, two;
  CancellationToken cancel;
  cancel.cancel();
  CHECK(run({one.address(), two.address()}, never, cancel).code == "ABORTED");
}
