#include "net/loopback.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "addresses.hpp"
#include "net/race.hpp"
#include "test_broker.hpp"

using namespace std::chrono_literals;
using namespace mqtt_native::net;
using mqtt_native::test::address_of;
using mqtt_native::test::TestBroker;
using mqtt_native::test::TestPeer;

namespace {

constexpr int one_mebibyte = 1024 * 1024;

FileDescriptor new_socket() {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(static_cast<bool>(socket));
  return socket;
}

std::string congestion_control_of(int socket) {
  std::array<char, 32> name{};
  socklen_t size = name.size();
  REQUIRE(::getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size) == 0);
  return name.data();
}

int receive_buffer_of(int socket) {
  int value = -1;
  socklen_t size = sizeof value;
  REQUIRE(::getsockopt(socket, SOL_SOCKET, SO_RCVBUF, &value, &size) == 0);
  return value;
}

/** What Linux says when it is asked for this much: double that, or of what the system allows. */
int receive_buffer_asked_for(int size) {
  const FileDescriptor socket = new_socket();
  REQUIRE(::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0);
  return receive_buffer_of(socket.number());
}

std::unique_ptr<Stream> connected(const Address& address, const LocalSide& local = {}) {
  const Cancel cancel;
  DialResult result = race({address}, local, Patience(Clock::now() + 20s, cancel));
  REQUIRE(std::holds_alternative<std::unique_ptr<Stream>>(result));
  return std::move(std::get<std::unique_ptr<Stream>>(result));
}

SocketOption option(int level, int name, std::string_view value) {
  const auto* begin = reinterpret_cast<const std::byte*>(value.data());
  return {level, name, {begin, begin + value.size()}};
}

/** A connection, and how its socket changes when much comes. */
class Connected {
 public:
  explicit Connected(const std::string& host = "127.0.0.1", const LocalSide& local = {})
      : stream_(connected(address_of(host, broker_.port()), local)), peer_(broker_.accept()) {}

  /** Has so much come, and reads it in pieces of that size at most. */
  void receive(size_t size, size_t piece) {
    // Until as much lies in the socket it is not readable, and its buffer is made large enough.
    const int low_water = static_cast<int>(size);
    REQUIRE(::setsockopt(socket(), SOL_SOCKET, SO_RCVLOWAT, &low_water, sizeof low_water) == 0);
    peer_.write(mqtt_native::wire::Bytes(size));
    pollfd readable{socket(), POLLIN, 0};
    constexpr int never_waited_for = 20'000;  // milliseconds
    REQUIRE(::poll(&readable, 1, never_waited_for) == 1);
    std::vector<std::byte> bytes(piece);
    for (size_t read = 0; read < size;) {
      const Transfer transfer = stream_->read(bytes);
      REQUIRE(transfer.state != Transfer::State::failed);
      read += transfer.bytes;
    }
  }

  [[nodiscard]] int socket() const { return stream_->descriptor(); }
  /** What the system makes of it by itself is another number. */
  [[nodiscard]] bool is_bound() const { return receive_buffer_of(socket()) == 2 * one_mebibyte; }

 private:
  TestBroker broker_;
  std::unique_ptr<Stream> stream_;
  TestPeer peer_;
};

/** As much as lies in a socket only when its reader does not keep up, and not a power of two. */
constexpr size_t much = 304 * 1024;

}  // namespace

TEST_CASE("the addresses of this machine") {
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

TEST_CASE("a connection within this machine is not paced") {
  const TestBroker four, six(AF_INET6);
  CHECK(congestion_control_of(connected(address_of("127.0.0.1", four.port()))->descriptor()) == "reno");
  CHECK(congestion_control_of(connected(address_of("::1", six.port()))->descriptor()) == "reno");
}

TEST_CASE("the queue of one that brings much at once gets a bound, if the system allows it") {
  // Not one after the other on one connection: what has been read makes the system give it more room.
  Connected calm;
  calm.receive(much, large_read - 1);
  CHECK_FALSE(calm.is_bound());
  Connected busy;
  busy.receive(large_read, large_read);
  CHECK(busy.is_bound() == (receive_buffer_asked_for(one_mebibyte) == 2 * one_mebibyte));
}

TEST_CASE("one that has more room already keeps that") {
  Connected busy;
  const int more = 2 * one_mebibyte;
  REQUIRE(::setsockopt(busy.socket(), SOL_SOCKET, SO_RCVBUF, &more, sizeof more) == 0);
  const int before = receive_buffer_of(busy.socket());
  busy.receive(much, much);
  CHECK(receive_buffer_of(busy.socket()) == before);
}

TEST_CASE("as the user wants it, or the system, it stays") {
  LocalSide local;
  const int of_user = 200 * 1024;
  const std::string of_system = congestion_control_of(new_socket().number());
  local.options = {option(SOL_SOCKET, SO_RCVBUF, {reinterpret_cast<const char*>(&of_user), sizeof of_user}),
                   option(IPPROTO_TCP, TCP_CONGESTION, of_system)};
  Connected chosen("127.0.0.1", local);
  chosen.receive(much, much);
  CHECK(receive_buffer_of(chosen.socket()) == 2 * of_user);
  CHECK(congestion_control_of(chosen.socket()) == of_system);

  // The broker listens at 127.0.0.1 all the same.
  Connected elsewhere("0.0.0.0");
  CHECK(congestion_control_of(elsewhere.socket()) == of_system);
  elsewhere.receive(much, much);
  CHECK_FALSE(elsewhere.is_bound());
}
