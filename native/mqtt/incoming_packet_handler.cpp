#include "mqtt/incoming_packet_handler.hpp"

#include <algorithm>

namespace mqtt_native::mqtt {

namespace {

using Kind = PacketAction::Kind;

constexpr uint8_t continue_authentication = 0x18;

int read_qos(const FixedHeader& header) {
  return header.flags >> 1 & 3;
}

PacketAction broken(uint8_t reason_code, const char* text) {
  return {.kind = Kind::error, .error = {reason_code, text}};
}

PacketAction replied(PacketType type, uint16_t identifier) {
  return {.kind = Kind::consume, .reply = acknowledgement(type, identifier)};
}

/** Finds a reason code that `is_reason_code` accepts although the packet may not have it. */
std::optional<Deviation> deviation_in(BytesView packet, const FixedHeader& header, uint8_t code,
                                      Protocol protocol) {
  if (code == packet_too_large) return Deviation::too_large_in_puback;
  if (header.type != PacketType::suback || protocol == Protocol::v5) return std::nullopt;
  constexpr auto failure = std::byte{0x80};  // the only one before MQTT 5 (MQTT 3.1.1, section 3.9.3)
  const BytesView codes = packet.subspan(header.header_size + 2);
  if (std::none_of(codes.begin(), codes.end(), [](std::byte each) { return each > failure; }))
    return std::nullopt;
  return Deviation::suback_code_of_mqtt5;
}

}  // namespace

PacketAction IncomingPacketHandler::handle(BytesView packet, const FixedHeader& header) {
  if (header.type == PacketType::publish) return handle_publish(packet, header);
  if (auto error = check_layout(packet, header, limits_)) return {Kind::error, std::move(*error)};
  switch (header.type) {
    case PacketType::connack:
      note_connack(packet, header);
      return {Kind::control};
    case PacketType::auth:
      return handle_auth(packet, header);
    case PacketType::pubrel:
      return handle_pubrel(uint16_at(packet, header.header_size));
    case PacketType::pingresp:
    case PacketType::disconnect:
      return {Kind::consume};
    default:
      return handle_acknowledgement(packet, header);
  }
}

void IncomingPacketHandler::note_connack(BytesView packet, const FixedHeader& header) {
  connack_.assign(packet.begin(), packet.end());
  authenticating_ = false;
  const bool session_present = (byte_at(packet, header.header_size) & 0x01) != 0;
  const bool accepted = byte_at(packet, header.header_size + 1) == 0;
  // MQTT 3.1 has no Session Present flag.
  if (accepted && limits_.protocol != Protocol::v31) received_qos2_ids_->begin(session_present);
}

PacketAction IncomingPacketHandler::handle_publish(BytesView packet, const FixedHeader& header) {
  if (auto error = read_publish(packet, header, limits_, front_)) return {Kind::error, std::move(*error)};
  const int qos = read_qos(header);
  deferred_ = qos > 0 && defers_ && defers_->load(std::memory_order_relaxed);
  repeated_ = false;
  if (has_refused_) forget_refused();
  PacketAction action{Kind::deliver};
  if (!count(header, action.deviation))
    return broken(receive_maximum_exceeded, "More messages under way than the receive maximum");
  if (front_.topic_alias != 0 && !resolve_alias())
    return broken(protocol_error, "PUBLISH with an alias that means nothing yet");
  if (qos == 2) repeated_ = is_repeated(header, packet.subspan(front_.size));
  if (repeated_ && !deferred_) return replied(PacketType::pubrec, front_.identifier);
  if (deferred_ && qos == 1) unacknowledged_++;
  return action;
}

/** Replaces the alias by its topic. Returns false if it has none. */
bool IncomingPacketHandler::resolve_alias() {
  front_.topic = aliases_.resolve(front_.topic_alias, front_.topic);
  if (!keeps_aliases_) {
    properties_ = properties_without(front_.properties, PropertyId::topic_alias);
    front_.properties = properties_;
  }
  return !front_.topic.empty();
}

/**
 * Counts a message against the receive maximum (MQTT 5, section 3.1.2.11.3); false: too many. A QoS 1 message
 * is acknowledged when it is read, unless that is deferred. A QoS 2 message stays open until PUBREL.
 *
 * Mosquitto exceeds the maximum when acknowledgements are late. It would repeat all these messages on each
 * further connection, so the connection goes on while identifiers are left.
 */
bool IncomingPacketHandler::count(const FixedHeader& header, std::optional<Deviation>& deviation) {
  constexpr size_t max_identifiers = 65'535;
  const int qos = read_qos(header);
  if (qos == 0 || limits_.protocol != Protocol::v5 || deliveries_.contains(front_.identifier)) return true;
  const size_t open = deliveries_.size() + unacknowledged_;
  if (open >= limits_.receive_maximum) {
    if (!defers_ || !*defers_ || open >= max_identifiers) return false;
    deviation = Deviation::too_many_unacknowledged;
  }
  if (qos == 2) deliveries_.insert(front_.identifier);
  return true;
}

/**
 * Tells whether a message of QoS 2 is a repetition. MQTT 3.1 leaves open whether the broker has forgotten the
 * session. It may send an equal message under the same identifier then, so a repetition must have the DUP
 * flag there.
 */
bool IncomingPacketHandler::is_repeated(const FixedHeader& header, BytesView payload) {
  digest_ = received_qos2_ids_->digest().of(front_.topic, payload);
  if (!received_qos2_ids_->contains(front_.identifier, digest_)) return false;
  return limits_.protocol != Protocol::v31 || (header.flags & 0x08) != 0;
}

/**
 * A PUBACK ends a message of QoS 1. A PUBREC with a failing code ends one of QoS 2 (MQTT 5, section 4.3.3).
 */
void IncomingPacketHandler::on_acknowledged(PacketType type, uint16_t identifier, uint8_t reason_code) {
  constexpr uint8_t first_failure = 0x80;
  if (type == PacketType::puback) {
    unacknowledged_--;
  } else if (reason_code >= first_failure) {
    const std::lock_guard lock(refused_mutex_);
    refused_.push_back(identifier);
    has_refused_ = true;
  }
}

void IncomingPacketHandler::forget_refused() {
  const std::lock_guard lock(refused_mutex_);
  for (const uint16_t identifier : refused_) {
    deliveries_.erase(identifier);
    received_qos2_ids_->release(identifier);
  }
  refused_.clear();
  has_refused_ = false;
}

/** Answers each PUBREL, also for an unknown identifier, so that the broker can release it. */
PacketAction IncomingPacketHandler::handle_pubrel(uint16_t identifier) {
  deliveries_.erase(identifier);
  received_qos2_ids_->release(identifier);
  return replied(PacketType::pubcomp, identifier);
}

/** Handles an acknowledgement. A SUBACK or UNSUBACK also goes to the control plane. */
PacketAction IncomingPacketHandler::handle_acknowledgement(BytesView packet, const FixedHeader& header) {
  using Verdict = InflightTable::Verdict;
  const PacketType type = header.type;
  const bool is_control = type == PacketType::suback || type == PacketType::unsuback;
  const bool has_code = !is_control && header.body_size > 2;
  const uint8_t code = has_code ? byte_at(packet, header.header_size + 2) : 0;
  const uint16_t identifier = uint16_at(packet, header.header_size);
  InflightTable::Outcome outcome = inflight_.on_received(type, identifier, code, packet);
  if (outcome.verdict == Verdict::wrong_type)
    return broken(protocol_error, "An acknowledgement of the wrong type");
  PacketAction action{is_control && outcome.verdict == Verdict::expected ? Kind::control : Kind::consume};
  action.completed = outcome.completed;
  action.answer = std::move(outcome.answer);
  action.deviation =
      outcome.deviation ? outcome.deviation : deviation_in(packet, header, code, limits_.protocol);
  // An unknown identifier is answered, too, so that the broker can release it.
  if (type == PacketType::pubrec && code < 0x80 && outcome.verdict != Verdict::stale)
    action.reply = acknowledgement(PacketType::pubrel, identifier);
  return action;
}

/** Handles AUTH (MQTT 5, sections 3.15 and 4.12). Success ends a re-authentication, CONNACK the first one. */
PacketAction IncomingPacketHandler::handle_auth(BytesView packet, const FixedHeader& header) {
  if (!authenticating_) return broken(protocol_error, "The broker sent AUTH unasked");
  if (read_reason_code(packet, header) == continue_authentication) return {Kind::consume};
  if (connack_.empty()) return broken(protocol_error, "The broker sent AUTH with success before CONNACK");
  authenticating_ = false;
  return {Kind::consume};
}

}  // namespace mqtt_native::mqtt
