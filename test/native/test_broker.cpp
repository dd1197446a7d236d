#include "test_broker.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace mqtt_native::test {

namespace {

constexpr int deadline = 10'000;  // milliseconds

void wait_readable(int descriptor) {
  pollfd entry{descriptor, POLLIN, 0};
  REQUIRE(::poll(&entry, 1, deadline) == 1);
}

}  // namespace

TestBroker::TestBroker(int family) : listener_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (family == AF_INET6) {
    auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address);
    *ipv6 = {.sin6_family = AF_INET6,
             .sin6_port = 0,
             .sin6_flowinfo = 0,
             .sin6_addr = in6addr_loopback,
             .sin6_scope_id = 0};
    size = sizeof *ipv6;
  } else {
    auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address);
    *ipv4 = {.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    size = sizeof *ipv4;
  }
  REQUIRE(::bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(listener_.number(), 128) == 0);
  ::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                   : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

TestPeer TestBroker::accept() {
  wait_readable(listener_.number());
  base::FileDescriptor socket(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  const int no_delay = 1;  // otherwise small packets wait for acknowledgements, up to 40 ms
  ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &no_delay, sizeof no_delay);
  return TestPeer(std::move(socket));
}

bool TestPeer::read_exactly(mqtt::Bytes& into, size_t size) {
  while (size > 0) {
    wait_readable(socket_.number());
    const size_t before = into.size();
    into.resize(before + size);
    const ssize_t count = ::recv(socket_.number(), into.data() + before, size, 0);
    into.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count <= 0) return false;
    size -= static_cast<size_t>(count);
  }
  return true;
}

std::optional<mqtt::Bytes> TestPeer::read() {
  mqtt::Bytes packet;
  if (!read_exactly(packet, 2)) return std::nullopt;
  while ((packet.back() & std::byte{0x80}) != std::byte{})
    if (!read_exactly(packet, 1)) return std::nullopt;
  mqtt::FixedHeader header{};
  REQUIRE(mqtt::parse_fixed_header(packet, header) == mqtt::HeaderState::complete);
  if (!read_exactly(packet, header.body_size)) return std::nullopt;
  return packet;
}

mqtt::Bytes TestPeer::expect(uint8_t first_byte) {
  auto packet = read();
  REQUIRE(packet.has_value());
  REQUIRE(std::to_integer<int>(packet->front()) == first_byte);
  return *packet;
}

std::vector<mqtt::Bytes> TestPeer::read_to_end() {
  std::vector<mqtt::Bytes> packets;
  while (auto packet = read()) packets.push_back(std::move(*packet));
  return packets;
}

bool TestPeer::is_readable(int milliseconds) const {
  pollfd entry{socket_.number(), POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) == 1;
}

void TestPeer::finish_writing() {
  ::shutdown(socket_.number(), SHUT_WR);
}

void TestPeer::write(const mqtt::Bytes& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(socket_.number(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    REQUIRE(count > 0);
    sent += static_cast<size_t>(count);
  }
}

}  // namespace mqtt_native::test
