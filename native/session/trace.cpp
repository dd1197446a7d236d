#include "session/trace.hpp"

namespace mqtt_native::session {

namespace {

std::string publish_line(const char* direction, uint16_t identifier, int qos, bool retain, size_t size) {
  std::string line(direction);
  line += " PUBLISH";
  if (qos > 0) line += " msgid: " + std::to_string(identifier);
  line += " qos: " + std::to_string(qos) + " retained: " + (retain ? '1' : '0');
  return line + " payload len(" + std::to_string(size) + ')';
}

/** Returns null for packets that the control plane traces itself. */
const char* packet_name(mqtt::PacketType type) {
  switch (type) {
    case mqtt::PacketType::puback:
      return "PUBACK";
    case mqtt::PacketType::pubrec:
      return "PUBREC";
    case mqtt::PacketType::pubcomp:
      return "PUBCOMP";
    default:
      return nullptr;
  }
}

}  // namespace

uint32_t Trace::listen(Listener listener) {
  const std::lock_guard lock(mutex_);
  listeners_.emplace(++last_name_, std::move(listener));
  count_ = listeners_.size();
  return last_name_;
}

void Trace::forget(uint32_t name) {
  const std::lock_guard lock(mutex_);
  listeners_.erase(name);
  count_ = listeners_.size();
}

void Trace::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, listener] : listeners_) listener(line);
}

void trace_publish_sent(Trace& trace, uint16_t identifier, const mqtt::OutgoingPublish& publish) {
  if (trace.is_wanted())
    trace.write(publish_line("->", identifier, publish.qos, publish.retain, publish.payload.size()));
}

void trace_publish_received(Trace& trace, const mqtt::IncomingPublish& publish) {
  if (trace.is_wanted())
    trace.write(publish_line("<-", publish.identifier, publish.qos, publish.retain, publish.payload.size()));
}

void trace_acknowledged(Trace& trace, uint16_t identifier, mqtt::BytesView packet) {
  if (!trace.is_wanted() || packet.empty()) return;
  if (const char* name = packet_name(static_cast<mqtt::PacketType>(mqtt::byte_at(packet, 0) >> 4)))
    trace.write(std::string("<- ") + name + " msgid: " + std::to_string(identifier));
}

}  // namespace mqtt_native::session
