#include "net/loopback.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "net/race.hpp"
#include "net/resolve.hpp"
#include "test_broker.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native::net;
using mqtt_native::test::TestBroker;

namespace {

constexpr int one_mebibyte = 1024 * 1024;

Address address_of(const std::string& host, uint16_t port = 0) {
  const Cancel cancel;
  const auto resolved = resolve(host, port, Patience(Clock::now() + 20s, cancel));
  REQUIRE(std::holds_alternative<std::vector<Address>>(resolved));
  return std::get<std::vector<Address>>(resolved).front();
}

int number_of(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(socket, level, name, &value, &size) == 0);
  return value;
}

std::string congestion_control_of(int socket) {
  std::array<char, 32> name{};
  socklen_t size = name.size();
  REQUIRE(::getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size) == 0);
  return name.data();
}

FileDescriptor new_socket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(static_cast<bool>(socket));
  return socket;
}

/** What Linux says when it is asked for this much: double that, or of what the system allows. */
int receive_buffer_asked_for(int size) {
  const FileDescriptor socket = new_socket();
  REQUIRE(::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0);
  return number_of(socket.number(), SOL_SOCKET, SO_RCVBUF);
}

std::unique_ptr<Stream> connected(const Address& address, const LocalSide& local = {}) {
  const Cancel cancel;
  DialResult result = race({address}, local, Patience(Clock::now() + 20s, cancel));
  REQUIRE(std::holds_alternative<std::unique_ptr<Stream>>(result));
  return std::move(std::get<std::unique_ptr<Stream>>(result));
}

}  // namespace

TEST_CASE("the addresses of this machine that need no network") {
  for (const char* host : {"127.0.0.1", "127.1.2.3", "127.255.255.254", "::1"}) {
    CAPTURE(host);
    CHECK(address_of(host).is_loopback());
  }
  for (const char* host :
       {"126.255.255.255", "128.0.0.1", "0.0.0.0", "192.0.2.127", "::", "::2", "2001:db8::1"}) {
    CAPTURE(host);
    CHECK_FALSE(address_of(host).is_loopback());
  }
}

TEST_CASE("a connection within this machine is not paced, and its queue has a bound") {
  const TestBroker four, six(AF_INET6);
  for (const Address& address : {address_of("127.0.0.1", four.port()), address_of("::1", six.port())}) {
    CAPTURE(address.text());
    const auto stream = connected(address);
    CHECK(congestion_control_of(stream->descriptor()) == "reno");
    const bool is_allowed = receive_buffer_asked_for(one_mebibyte) == 2 * one_mebibyte;
    // Where the system allows less, it goes on choosing itself.
    CHECK((number_of(stream->descriptor(), SOL_SOCKET, SO_BUF_LOCK) != 0) == is_allowed);
    if (is_allowed) CHECK(number_of(stream->descriptor(), SOL_SOCKET, SO_RCVBUF) == 2 * one_mebibyte);
  }
}

TEST_CASE("the user's options count") {
  const TestBroker broker;
  LocalSide local;
  const int wanted = 64 * 1024;
  const auto* begin = reinterpret_cast<const std::byte*>(&wanted);
  local.options.push_back({SOL_SOCKET, SO_RCVBUF, {begin, begin + sizeof wanted}});
  const auto stream = connected(address_of("127.0.0.1", broker.port()), local);
  CHECK(number_of(stream->descriptor(), SOL_SOCKET, SO_RCVBUF) == 2 * wanted);
}
