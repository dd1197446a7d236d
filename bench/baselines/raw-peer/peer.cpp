#include "peer.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "measure.h"

namespace raw_peer {

using mock_broker::PacketType;
using mock_broker::Reader;

namespace {

constexpr size_t buffer_size = 512 * 1024;

int open_socket(const std::string& host, int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) fail("%s is no address", host.c_str());
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("The broker cannot be reached: %s", std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

uint8_t qos_of(const Packet& publish) {
  return static_cast<uint8_t>(publish.flags >> 1 & 3);
}

}  // namespace

View payload_of(const Packet& publish) {
  Reader reader(publish.body);
  reader.text();
  if (qos_of(publish) > 0) reader.u16();
  return reader.rest();
}

Peer::Peer(const std::string& host, int port)
    : socket_(open_socket(host, port)), incoming_(buffer_size), acknowledgements_(report_) {
  Bytes connect;
  mock_broker::append_header(connect, PacketType::connect, 0, 12);
  mock_broker::append_text(connect, "MQTT");
  connect.insert(connect.end(), {4, 2, 0, 0, 0, 0});  // 3.1.1, clean session, no keepalive, no identifier
  write_all(connect);
  bool connected = false;
  while (!connected)
    read_packets([&](const Packet& packet) { connected = packet.type == PacketType::connack; });
}

Peer::~Peer() {
  ::close(socket_);
}

void Peer::read_once() {
  if (begin_ > 0) std::memmove(incoming_.data(), incoming_.data() + begin_, end_ - begin_);
  end_ -= std::exchange(begin_, 0);
  const ssize_t count = ::recv(socket_, incoming_.data() + end_, incoming_.size() - end_, 0);
  if (count <= 0) fail("The broker closed the connection");
  end_ += static_cast<size_t>(count);
}

void Peer::flush_answers() {
  if (answers_.empty()) return;
  write_all(answers_);
  answers_.clear();
}

void Peer::answer(const Packet& packet) {
  switch (packet.type) {
    case PacketType::publish: {
      const uint8_t qos = qos_of(packet);
      if (qos == 0) return;
      Reader reader(packet.body);
      reader.text();
      const auto type = qos == 1 ? PacketType::puback : PacketType::pubrec;
      return mock_broker::append_acknowledgement(answers_, type, reader.u16());
    }
    case PacketType::pubrel:
      return mock_broker::append_acknowledgement(answers_, PacketType::pubcomp, Reader(packet.body).u16());
    case PacketType::puback:
    case PacketType::pubrec:
    case PacketType::pubcomp:
      return acknowledgements_.take(packet, answers_);
    default:
      return;
  }
}

void Peer::subscribe(const std::string& filter, int qos) {
  Bytes packet;
  mock_broker::append_header(packet, PacketType::subscribe, 2, static_cast<uint32_t>(5 + filter.size()));
  mock_broker::append_u16(packet, ++last_id_);
  mock_broker::append_text(packet, filter);
  packet.push_back(static_cast<uint8_t>(qos));
  write_all(packet);
}

void Peer::receive(const std::string& filter, int qos, uint32_t count, View expected) {
  uint32_t received = 0;
  uint32_t released = 0;
  subscribe(filter, qos);
  while (received < count || (qos == 2 && released < count)) {
    read_packets([&](const Packet& packet) {
      if (packet.type == PacketType::pubrel) released++;
      if (packet.type != PacketType::publish) return;
      const View payload = payload_of(packet);
      check_payload(payload.data(), payload.size(), expected.data(), expected.size(), received++);
    });
  }
}

void Peer::publish(mock_broker::Flood& flood, int qos, uint32_t count, size_t window) {
  const uint32_t end = flood.sent() + count;
  View piece;
  while (flood.sent() < end || !piece.empty() || acknowledgements_.outstanding() > 0) {
    const size_t room = qos == 0 ? count : window - acknowledgements_.outstanding();
    if (piece.empty()) piece = flood.next(std::min<size_t>(room, end - flood.sent()), acknowledgements_);
    const bool stuck = !piece.empty() && !write_some(piece);
    if (qos == 0) {
      if (stuck) wait_for(POLLOUT);
    } else if (stuck || piece.empty()) {
      read_packets([](const Packet&) {});
    }
  }
}

void Peer::round_trip(const std::string& topic, int qos, View payload) {
  Bytes packet;
  const uint16_t id = qos > 0 ? acknowledgements_.begin(static_cast<uint8_t>(qos)) : uint16_t{0};
  mock_broker::append_publish_head(packet, {topic, static_cast<uint8_t>(qos), id, false}, payload.size());
  packet.insert(packet.end(), payload.begin(), payload.end());
  write_all(packet);
  bool returned = false;
  while (!returned || acknowledgements_.outstanding() > 0) {
    read_packets([&](const Packet& reply) { returned |= reply.type == PacketType::publish; });
  }
}

void Peer::disconnect() {
  Bytes packet;
  mock_broker::append_header(packet, PacketType::disconnect, 0, 0);
  write_all(packet);
}

void Peer::write_all(View bytes) {
  while (!bytes.empty()) {
    if (!write_some(bytes)) wait_for(POLLOUT);
  }
}

/** Returns false when there is no room. */
bool Peer::write_some(View& bytes) {
  const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return false;
  if (count < 0) fail("The broker closed the connection: %s", std::strerror(errno));
  bytes = bytes.subspan(static_cast<size_t>(count));
  return true;
}

void Peer::wait_for(short events) {
  pollfd interest{socket_, events, 0};
  ::poll(&interest, 1, -1);
}

}  // namespace raw_peer
