#include "mqtt/properties.hpp"

#include <bitset>

namespace mqtt_native::mqtt {

namespace {

/** Reads values from the front of a byte string; nothing when it is too short. */
class Cursor {
 public:
  explicit Cursor(BytesView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool done() const { return bytes_.empty(); }
  [[nodiscard]] size_t left() const { return bytes_.size(); }

  std::optional<uint32_t> fixed(size_t width) {
    if (bytes_.size() < width) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < width; i++) value = value << 8 | byte_at(bytes_, i);
    bytes_ = bytes_.subspan(width);
    return value;
  }

  std::optional<uint32_t> variable() {
    uint32_t value = 0;
    for (unsigned shift = 0; shift <= 21; shift += 7) {
      const auto digit = fixed(1);
      if (!digit) return std::nullopt;
      value |= (*digit & 0x7F) << shift;
      if ((*digit & 0x80) == 0) return value;
    }
    return std::nullopt;
  }

  std::optional<BytesView> take(std::optional<uint32_t> size) {
    if (!size || bytes_.size() < *size) return std::nullopt;
    const BytesView taken = bytes_.first(*size);
    bytes_ = bytes_.subspan(*size);
    return taken;
  }

 private:
  BytesView bytes_;
};

enum class Type : uint8_t { none, flag, uint16, uint32, varint, text, binary, pair };

/** A property as a broker may send it (MQTT 5, table 2-4). */
struct Rule {
  Type type = Type::none;
  PacketSet packets;
};

constexpr uint8_t user_property = 0x26;
constexpr uint8_t reason_string = 0x1F;
constexpr uint8_t subscription_identifier = 0x0B;
constexpr uint8_t response_topic = 0x08;

constexpr auto rules = [] {
  using enum PacketType;
  constexpr PacketSet all_but_publish{connack, disconnect, auth,   puback,  pubrec,
                                      pubrel,  pubcomp,    suback, unsuback};
  PacketSet all = all_but_publish;
  all.add({publish});
  std::array<Rule, 0x2B> table{};
  table[0x01] = {Type::flag, {publish}};              // payload format indicator
  table[0x02] = {Type::uint32, {publish}};            // message expiry interval
  table[0x03] = {Type::text, {publish}};              // content type
  table[0x08] = {Type::text, {publish}};              // response topic
  table[0x09] = {Type::binary, {publish}};            // correlation data
  table[0x0B] = {Type::varint, {publish}};            // subscription identifier
  table[0x11] = {Type::uint32, {connack}};            // session expiry interval
  table[0x12] = {Type::text, {connack}};              // assigned client identifier
  table[0x13] = {Type::uint16, {connack}};            // server keep alive
  table[0x15] = {Type::text, {connack, auth}};        // authentication method
  table[0x16] = {Type::binary, {connack, auth}};      // authentication data
  table[0x17] = {Type::flag, {}};                     // request problem information: client only
  table[0x19] = {Type::flag, {}};                     // request response information: client only
  table[0x1A] = {Type::text, {connack}};              // response information
  table[0x1C] = {Type::text, {connack, disconnect}};  // server reference
  table[0x1F] = {Type::text, all_but_publish};        // reason string
  table[0x21] = {Type::uint16, {connack}};            // receive maximum
  table[0x22] = {Type::uint16, {connack}};            // topic alias maximum
  table[0x23] = {Type::uint16, {publish}};            // topic alias
  table[0x24] = {Type::flag, {connack}};              // maximum QoS
  table[0x25] = {Type::flag, {connack}};              // retain available
  table[0x26] = {Type::pair, all};                    // user property
  table[0x27] = {Type::uint32, {connack}};            // maximum packet size
  table[0x28] = {Type::flag, {connack}};              // wildcard subscription available
  table[0x29] = {Type::flag, {connack}};              // subscription identifiers available
  table[0x2A] = {Type::flag, {connack}};              // shared subscription available
  return table;
}();

struct Property {
  uint32_t id;
  uint32_t number;  // of a numeric property
  BytesView bytes;  // of a string or binary property
  bool well_formed;
};

std::optional<BytesView> take_string(Cursor& cursor) {
  return cursor.take(cursor.fixed(2));
}

/** Reads one property from the front; nothing if the bytes are malformed. */
std::optional<Property> next_property(Cursor& cursor) {
  const auto id = cursor.variable();
  if (!id || *id >= rules.size()) return std::nullopt;
  const auto number = [&](std::optional<uint32_t> value) {
    return value ? std::optional<Property>({*id, *value, {}, true}) : std::nullopt;
  };
  const auto string = [&](std::optional<BytesView> value, bool is_text) {
    return value ? std::optional<Property>({*id, 0, *value, !is_text || is_utf8(*value)}) : std::nullopt;
  };
  switch (rules[*id].type) {
    case Type::none:
      return std::nullopt;
    case Type::flag:
      return number(cursor.fixed(1));
    case Type::uint16:
      return number(cursor.fixed(2));
    case Type::uint32:
      return number(cursor.fixed(4));
    case Type::varint:
      return number(cursor.variable());
    case Type::text:
      return string(take_string(cursor), true);
    case Type::binary:
      return string(take_string(cursor), false);
    case Type::pair: {
      const auto name = take_string(cursor);
      if (!name || !is_utf8(*name)) return std::nullopt;
      return string(take_string(cursor), true);
    }
  }
  return std::nullopt;
}

/** Checks the values that are well-formed but not allowed (MQTT 5, sections 3.2.2.3 and 3.3.2.3). */
std::optional<ProtocolError> check_value(const Property& property, const ClientLimits& limits) {
  const auto error = [&](uint8_t code) {
    return ProtocolError{code,
                         "Property " + std::to_string(property.id) + " with a value that is not allowed"};
  };
  if (!property.well_formed) return error(malformed_packet);
  if (rules[property.id].type == Type::flag && property.number > 1) return error(protocol_error);
  const bool is_alias = property.id == static_cast<uint32_t>(PropertyId::topic_alias);
  if (is_alias && (property.number == 0 || property.number > limits.topic_alias_maximum))
    return error(topic_alias_invalid);
  const bool must_not_be_zero =
      property.id == 0x21 || property.id == 0x27 || property.id == subscription_identifier;
  if (must_not_be_zero && property.number == 0) return error(protocol_error);
  if (property.id == response_topic && !is_topic_name(property.bytes)) return error(protocol_error);
  return std::nullopt;
}

/** Visits each property with its encoded bytes. `bytes` begin with the properties' length. */
template <typename Visit>
void for_each_property(BytesView bytes, const Visit& visit) {
  const BytesView values = property_values(bytes);
  Cursor cursor(values);
  while (!cursor.done()) {
    const BytesView rest = values.last(cursor.left());
    const auto property = next_property(cursor);
    if (!property) break;
    visit(*property, rest.first(rest.size() - cursor.left()));
  }
}

/** The packets that may have diagnostics even if the client has asked for none. */
constexpr PacketSet always_diagnosed{PacketType::publish, PacketType::connack, PacketType::disconnect};

/** Whether the client has asked for no diagnostics in this packet (MQTT 5, section 3.1.2.11.7). */
bool is_unwanted(const Property& property, PacketType packet, const ClientLimits& limits) {
  const bool diagnostic = property.id == reason_string || property.id == user_property;
  return diagnostic && !limits.problem_information && !always_diagnosed.has(packet);
}

}  // namespace

std::optional<uint32_t> find_property(BytesView bytes, PropertyId wanted) {
  Cursor whole(bytes);
  const auto block = whole.take(whole.variable());
  if (!block) return std::nullopt;
  Cursor cursor(*block);
  while (const auto property = next_property(cursor))
    if (property->id == static_cast<uint32_t>(wanted)) return property->number;
  return std::nullopt;
}

std::optional<size_t> properties_size(BytesView bytes) {
  Cursor whole(bytes);
  if (!whole.take(whole.variable())) return std::nullopt;
  return bytes.size() - whole.left();
}

BytesView property_values(BytesView bytes) {
  Cursor whole(bytes);
  return whole.take(whole.variable()).value_or(BytesView{});
}

Bytes properties_without(BytesView bytes, PropertyId unwanted) {
  Bytes kept;
  for_each_property(bytes, [&](const Property& property, BytesView encoded) {
    if (property.id == static_cast<uint32_t>(unwanted)) return;
    kept.insert(kept.end(), encoded.begin(), encoded.end());
  });
  Bytes result;
  append_variable(result, kept.size());
  result.insert(result.end(), kept.begin(), kept.end());
  return result;
}

Bytes properties_with_expiry(BytesView bytes, uint32_t seconds) {
  Bytes result(bytes.begin(), bytes.end());
  for_each_property(bytes, [&](const Property& property, BytesView encoded) {
    if (property.id != static_cast<uint32_t>(PropertyId::message_expiry_interval)) return;
    std::byte* value = result.data() + (encoded.data() - bytes.data()) + 1;
    for (const int shift : {24, 16, 8, 0}) *value++ = static_cast<std::byte>(seconds >> shift);
  });
  return result;
}

std::optional<ProtocolError> check_properties(BytesView bytes, PacketType packet,
                                              const ClientLimits& limits) {
  Cursor whole(bytes);
  const auto block = whole.take(whole.variable());
  if (!block) return ProtocolError{malformed_packet, "Properties that are longer than their packet"};
  Cursor cursor(*block);
  std::bitset<rules.size()> seen;
  while (!cursor.done()) {
    const auto property = next_property(cursor);
    if (!property) return ProtocolError{malformed_packet, "Properties that cannot be read"};
    const auto describe = [&](const char* what) { return "Property " + std::to_string(property->id) + what; };
    if (!rules[property->id].packets.has(packet))
      return ProtocolError{malformed_packet, describe(" in a packet that may not have it")};
    const bool repeatable = property->id == user_property || property->id == subscription_identifier;
    if (seen[property->id] && !repeatable) return ProtocolError{protocol_error, describe(" more than once")};
    seen.set(property->id);
    if (is_unwanted(*property, packet, limits))
      return ProtocolError{protocol_error, describe(" although none was asked for")};
    if (auto error = check_value(*property, limits)) return error;
  }
  return std::nullopt;
}

}  // namespace mqtt_native::mqtt
