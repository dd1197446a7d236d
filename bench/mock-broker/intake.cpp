#include "intake.hpp"

#include <charconv>

#include "payload.hpp"

namespace mock_broker {

namespace {

constexpr std::string_view prefix = "sink/";

}  // namespace

Incoming read_publish(const Packet& packet, bool v5) {
  const auto qos = static_cast<uint8_t>(packet.flags >> 1 & 3);
  if (qos > 2) throw ProtocolError("a PUBLISH with QoS 3");
  Reader reader(packet.body);
  const std::string_view topic = reader.text();
  const uint16_t id = qos > 0 ? reader.u16() : 0;
  if (qos > 0 && id == 0) throw ProtocolError("a PUBLISH with packet identifier 0");
  if (v5) reader.properties();
  return {topic, qos, (packet.flags & 8) != 0, id, reader.rest()};
}

bool Intake::accept(const Incoming& message) {
  if (message.duplicate) report_.violation("a PUBLISH with DUP on a connection that has lost nothing");
  if (message.qos == 2 && unreleased_.test(message.id)) {
    report_.violation("packet identifier " + std::to_string(message.id) + " used again before its PUBREL");
    return false;
  }
  if (message.qos == 2) unreleased_.set(message.id);
  if (!message.topic.starts_with(prefix)) return true;
  if (Sink* sink = sink_of(message.topic))
    verify(*sink, message.payload);
  else
    report_.violation("published to " + std::string(message.topic) + ", which is no sink/<size>");
  return true;
}

void Intake::release(uint16_t id) {
  if (!unreleased_.test(id))
    report_.violation("PUBREL for " + std::to_string(id) + ", which nothing waits for");
  unreleased_.reset(id);
}

void Intake::close() {
  for (auto& [topic, sink] : sinks_) report_.add(Report::Sink{topic, sink.received});
  if (unreleased_.any())
    report_.violation(std::to_string(unreleased_.count()) + " messages of QoS 2 never got their PUBREL");
}

Intake::Sink* Intake::sink_of(std::string_view topic) {
  if (latest_ != nullptr && latest_->topic == topic) return latest_;
  if (const auto found = sinks_.find(topic); found != sinks_.end()) return latest_ = &found->second;
  size_t size = 0;
  const char* end = topic.data() + topic.size();
  const auto parsed = std::from_chars(topic.data() + prefix.size(), end, size);
  const bool ended = parsed.ptr == end || *parsed.ptr == '/';  // sink/16/a and sink/16/b are different sinks
  if (parsed.ec != std::errc{} || !ended || size < smallest_payload) return nullptr;
  const std::string name(topic);
  return latest_ = &sinks_.emplace(name, Sink{name, payload_of(size)}).first->second;
}

void Intake::verify(Sink& sink, View payload) {
  sink.received++;
  if (payload.size() != sink.expected.size())
    return report_.violation(sink.topic + ": a payload of " + std::to_string(payload.size()) + " bytes");
  const uint32_t sequence = sequence_of(payload.data());
  if (sequence != sink.next)
    report_.violation(sink.topic + ": message " + std::to_string(sequence) + " instead of " +
                      std::to_string(sink.next));
  if (!same_fill(payload, sink.expected))
    report_.violation(sink.topic + ": wrong bytes in message " + std::to_string(sequence));
  sink.next = sequence + 1;
}

}  // namespace mock_broker
