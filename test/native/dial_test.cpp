#include "net/dial.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <future>

#include "test_broker.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native::base;
using namespace mqtt_native::net;
using mqtt_native::test::TestBroker;

namespace {

std::string code_of(const DialResult& result) {
  const auto* failure = std::get_if<Failure>(&result);
  return failure == nullptr ? "" : failure->code;
}

/** Listens at an abstract name of exactly these bytes, of which the first is NUL. */
FileDescriptor listen_at(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(socket.number(), 1) == 0);
  return socket;
}

}  // namespace

TEST_CASE("dialing reaches IPv4, IPv6 and names") {
  const TestBroker ipv4;
  const TestBroker ipv6(AF_INET6);
  const CancellationToken cancel;
  const TimePoint soon = Clock::now() + 10s;
  CHECK(code_of(dial({"127.0.0.1", ipv4.port()}, soon, cancel)).empty());
  CHECK(code_of(dial({"::1", ipv6.port()}, soon, cancel)).empty());
  CHECK(code_of(dial({"localhost", ipv4.port()}, soon, cancel))
            .empty());  // also when ::1 comes first and refuses
}

TEST_CASE("an abstract name is dialed byte by byte") {
  const CancellationToken cancel;
  const TimePoint soon = Clock::now() + 10s;
  const std::string name = std::string(1, '\0') + "mqtt-native-" + std::to_string(::getpid());
  const std::string longest = name + std::string(sizeof sockaddr_un::sun_path - name.size(), 'x');
  for (const std::string& each : {name, longest, name + std::string("\0\0", 2)}) {
    const FileDescriptor listener = listen_at(each);
    CHECK(code_of(dial({.host = "localhost", .path = each}, soon, cancel)).empty());
    CHECK(code_of(dial({.host = "localhost", .path = each + '\0'}, soon, cancel)) ==
          (each == longest ? "ENAMETOOLONG" : "ECONNREFUSED"));
  }
}

TEST_CASE("a Unix socket whose queue is full is waited for, also without a deadline") {
  const std::string name = std::string(1, '\0') + "mqtt-native-full-" + std::to_string(::getpid());
  const FileDescriptor listener = listen_at(name);
  const CancellationToken cancel;
  std::vector<DialResult> queued;
  while (queued.empty() || code_of(queued.back()).empty())
    queued.push_back(dial({.host = "localhost", .path = name}, Clock::now() + 1ms, cancel));
  CHECK(code_of(queued.back()) == "TIMEOUT");
  std::array<std::promise<DialResult>, 20> waiting;
  for (auto& promise : waiting)
    dial_in_background({.host = "localhost", .path = name}, never, std::make_shared<CancellationToken>(),
                       [&promise](DialResult result) { promise.set_value(std::move(result)); });
  for (size_t i = 0; i < queued.size() - 1 + waiting.size(); i++)
    REQUIRE(FileDescriptor(::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC)));
  for (auto& promise : waiting) CHECK(code_of(promise.get_future().get()).empty());
}

TEST_CASE("a failed dial reports its reason") {
  const CancellationToken cancel;
  const TimePoint soon = Clock::now() + 10s;
  const DialResult refused = dial({"127.0.0.1", 1}, soon, cancel);
  CHECK(code_of(refused) == "ECONNREFUSED");
  CHECK(std::get<Failure>(refused).text == "connect ECONNREFUSED 127.0.0.1:1");
  CHECK(code_of(dial({"no-such-host.invalid", 1883}, soon, cancel)) == "ENOTFOUND");
}

TEST_CASE("a deadline that has passed is a timeout") {
  const TestBroker broker;
  const CancellationToken cancel;
  CHECK(code_of(dial({"127.0.0.1", broker.port()}, Clock::now(), cancel)) == "TIMEOUT");
  CHECK(code_of(dial({"localhost", broker.port()}, Clock::now(), cancel)) == "TIMEOUT");
}

TEST_CASE("a dial can be cancelled") {
  CancellationToken cancel;
  cancel.cancel();
  CHECK(code_of(dial({"127.0.0.1", 1}, never, cancel)) == "ABORTED");
}

TEST_CASE("dialing in the background ends in one call") {
  const TestBroker broker;
  std::promise<DialResult> promise;
  dial_in_background({"127.0.0.1", broker.port()}, Clock::now() + 10s, std::make_shared<CancellationToken>(),
                     [&promise](DialResult result) { promise.set_value(std::move(result)); });
  CHECK(code_of(promise.get_future().get()).empty());
}
