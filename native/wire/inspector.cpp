#include "wire/inspector.hpp"

namespace mqtt_native::wire {

namespace {

using Kind = Finding::Kind;

constexpr uint8_t continue_authentication = 0x18;

Finding broken(uint8_t reason_code, const char* text) {
  return {Kind::violation, {reason_code, text}};
}

Bytes pubrec(uint16_t identifier) {
  Bytes packet{std::byte{0x50}, std::byte{2}};
  append_uint16(packet, identifier);
  return packet;
}

/** An acknowledgement without its properties. Paho has no use for them, and those of a PUBREC it never frees
 * (MQTTAsyncUtils.c:3051). */
Finding bare(BytesView packet, const FixedHeader& header) {
  constexpr size_t identifier_and_code = 3;
  if (header.body_size <= identifier_and_code) return {};
  const BytesView kept = packet.subspan(header.header_size, identifier_and_code);
  Bytes replacement{packet.front(), std::byte{identifier_and_code}};
  replacement.insert(replacement.end(), kept.begin(), kept.end());
  return {Kind::for_paho, {}, packet.size(), std::move(replacement)};
}

}  // namespace

Finding Inspector::inspect(BytesView bytes, const FixedHeader& header) {
  if (header.type == PacketType::publish) return inspect_publish(bytes, header);
  if (auto violation = check_layout(bytes, header, terms_)) return {Kind::violation, std::move(*violation)};
  switch (header.type) {
    case PacketType::connack:
      note_connack(bytes, header);
      return {};
    case PacketType::auth:
      return inspect_auth(bytes, header);
    case PacketType::pubrel: {  // Paho answers it with PUBCOMP at once
      const uint16_t identifier = uint16_at(bytes, header.header_size);
      deliveries_.erase(identifier);
      unreleased_->release(identifier);
      return {};
    }
    case PacketType::pingresp:
      return {Kind::kept_back};
    case PacketType::disconnect:
      return {};
    default:
      return inspect_acknowledgement(bytes, header);
  }
}

void Inspector::note_connack(BytesView packet, const FixedHeader& header) {
  connack_.assign(packet.begin(), packet.end());
  authenticating_ = false;
  const bool session_present = (byte_at(packet, header.header_size) & 0x01) != 0;
  const bool accepted = byte_at(packet, header.header_size + 1) == 0;
  if (accepted) unreleased_->begin(session_present);
}

/**
 * The broker must not have more messages under way than we allow (MQTT 5, section 3.1.2.11.3). One of QoS 1
 * is acknowledged as soon as it is read; those of QoS 2 stay open until PUBREL.
 */
Finding Inspector::inspect_publish(BytesView bytes, const FixedHeader& header) {
  const int qos = header.flags >> 1 & 3;
  if (auto violation = read_publish(bytes, header, terms_, front_))
    return {Kind::violation, std::move(*violation)};
  const PublishFront& front = front_;
  if (front.size == 0) return {Kind::incomplete};
  const bool counts = qos > 0 && terms_.protocol == Protocol::v5;
  const bool under_way = counts && deliveries_.contains(front.identifier);
  if (counts && !under_way && deliveries_.size() >= terms_.receive_maximum)
    return broken(receive_maximum_exceeded, "More messages under way than the receive maximum");
  if (counts && qos == 2) deliveries_.insert(front.identifier);
  const bool repeated = counts && qos == 2 && unreleased_->contains(front.identifier);
  if (front.topic_alias == 0 && !repeated) return {};

  const BytesView topic =
      front.topic_alias == 0 ? front.topic : aliases_.resolve(front.topic_alias, front.topic);
  if (topic.empty()) return broken(protocol_error, "PUBLISH with an alias that means nothing yet");
  // Paho would not deliver it again, but lose the memory of it (MQTTProtocolClient.c:377).
  if (repeated) return {Kind::kept_back, {}, 0, {}, pubrec(front.identifier)};
  if (front.topic_alias == 0) return {};
  if (header.packet_size() + topic.size() > largest_packet)
    return broken(packet_too_large, "PUBLISH that is too long with its whole topic");
  return {Kind::for_paho, {}, front.size, without_alias(front, header, bytes.front(), topic)};
}

Finding Inspector::inspect_acknowledgement(BytesView packet, const FixedHeader& header) {
  const PacketType type = header.type;
  const bool has_code = type != PacketType::suback && type != PacketType::unsuback && header.body_size > 2;
  const uint8_t code = has_code ? byte_at(packet, header.header_size + 2) : 0;
  const bool refused = code >= 0x80;
  const uint16_t identifier = uint16_at(packet, header.header_size);
  answer_.clear();
  switch (acknowledgements_.on_received(type, identifier, refused)) {
    case Acknowledgements::Verdict::expected:
      // For QoS 2 the PUBREC's reason code counts, unless it is plain success: then the PUBCOMP's.
      if (type == PacketType::pubrec && !refused && code != 0)
        pubrecs_[identifier].assign(packet.begin(), packet.end());
      if (type == PacketType::pubcomp && !pubrecs_.empty())
        if (auto kept = pubrecs_.extract(identifier)) answer_ = std::move(kept.mapped());
      return has_code ? bare(packet, header) : Finding{};
    case Acknowledgements::Verdict::wrong_type:
      return broken(protocol_error, "An acknowledgement of the wrong type");
    case Acknowledgements::Verdict::late:
      return {Kind::kept_back};
    case Acknowledgements::Verdict::stray:
      break;
  }
  // Paho answers such a PUBREC with the PUBREL that lets the broker forget it (MQTTProtocolClient.c:514).
  if (type == PacketType::pubrec && !refused) return bare(packet, header);
  return {Kind::kept_back};
}

/** MQTT 5, sections 3.15 and 4.12: success ends a re-authentication, while CONNACK ends the first one. */
Finding Inspector::inspect_auth(BytesView packet, const FixedHeader& header) {
  if (!authenticating_) return broken(protocol_error, "The broker sent AUTH unasked");
  if (reason_code_of(packet, header) == continue_authentication) return {Kind::kept_back};
  if (connack_.empty()) return broken(protocol_error, "The broker sent AUTH with success before CONNACK");
  authenticating_ = false;
  return {Kind::kept_back};
}

}  // namespace mqtt_native::wire
