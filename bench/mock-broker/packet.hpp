#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace mock_broker {

using Bytes = std::vector<uint8_t>;
using View = std::span<const uint8_t>;

/** A violation of MQTT by a client, which ends the connection. */
struct ProtocolError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class PacketType : uint8_t {
  connect = 1,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  pingreq,
  pingresp,
  disconnect,
  auth,
};

struct Packet {
  PacketType type;
  uint8_t flags;
  View body;
  size_t size;  // of the whole packet with its fixed header
};

/** Parses the first packet if it is complete. Throws a ProtocolError. */
std::optional<Packet> first_packet(View bytes);

/** Reads a packet's body from front to back. Throws a ProtocolError when it ends too early. */
class Reader {
 public:
  explicit Reader(View body) : rest_(body) {}

  uint8_t u8() { return take(1)[0]; }
  uint16_t u16();
  uint32_t variable();
  View binary() { return take(u16()); }
  std::string_view text();
  View take(size_t count);
  /** MQTT 5: the next properties, without their length. */
  View properties() { return take(variable()); }
  [[nodiscard]] View rest() const { return rest_; }

 private:
  View rest_;
};

void append_u16(Bytes& to, uint16_t value);
void append_variable(Bytes& to, uint32_t value);
void append_text(Bytes& to, std::string_view text);
void append_header(Bytes& to, PacketType type, uint8_t flags, uint32_t remaining);
/** Appends a PUBACK, PUBREC, PUBREL or PUBCOMP with success. */
void append_acknowledgement(Bytes& to, PacketType type, uint16_t id);

/** The parts of a PUBLISH before its payload. */
struct PublishHead {
  std::string_view topic;
  uint8_t qos = 0;
  uint16_t id = 0;  // at QoS 1 and 2
  bool v5 = false;
};
void append_publish_head(Bytes& to, const PublishHead& head, size_t payload_size);

}  // namespace mock_broker
