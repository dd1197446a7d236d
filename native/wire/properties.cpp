#include "wire/properties.hpp"

namespace mqtt_native::wire {

namespace {

/** Takes values off the front of a byte string; after a failure everything it returns is nothing. */
class Cursor {
 public:
  explicit Cursor(BytesView bytes) : bytes_(bytes) {}

  [[nodiscard]] bool done() const { return bytes_.empty(); }

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

  [[nodiscard]] size_t left() const { return bytes_.size(); }

  bool skip_string() { return take(fixed(2)).has_value(); }

 private:
  BytesView bytes_;
};

/** Bytes of a fixed-width property; 0 for all other kinds. */
size_t fixed_width(uint32_t id) {
  switch (id) {
    case 0x01:
    case 0x17:
    case 0x19:
    case 0x24:
    case 0x25:
    case 0x28:
    case 0x29:
    case 0x2A:
      return 1;
    case 0x13:
    case 0x21:
    case 0x22:
    case 0x23:
      return 2;
    case 0x02:
    case 0x11:
    case 0x18:
    case 0x27:
      return 4;
    default:
      return 0;
  }
}

bool skip_text(Cursor& cursor, uint32_t id) {
  switch (id) {
    case 0x0B:
      return cursor.variable().has_value();
    case 0x26:
      return cursor.skip_string() && cursor.skip_string();
    case 0x03:
    case 0x08:
    case 0x09:
    case 0x12:
    case 0x15:
    case 0x16:
    case 0x1A:
    case 0x1C:
    case 0x1F:
      return cursor.skip_string();
    default:
      return false;
  }
}

struct Property {
  uint32_t id;
  uint32_t value;  // of a fixed-width property
};

/** Takes one property off the front; nothing at the end and where the bytes are malformed. */
std::optional<Property> next_property(Cursor& cursor) {
  const auto id = cursor.variable();
  if (!id) return std::nullopt;
  const size_t width = fixed_width(*id);
  if (width == 0) return skip_text(cursor, *id) ? std::optional<Property>({*id, 0}) : std::nullopt;
  const auto value = cursor.fixed(width);
  return value ? std::optional<Property>({*id, *value}) : std::nullopt;
}

}  // namespace

std::optional<uint32_t> find_property(BytesView bytes, PropertyId wanted) {
  Cursor whole(bytes);
  const auto block = whole.take(whole.variable());
  if (!block) return std::nullopt;
  Cursor cursor(*block);
  while (const auto property = next_property(cursor))
    if (property->id == static_cast<uint32_t>(wanted)) return property->value;
  return std::nullopt;
}

std::optional<size_t> properties_size(BytesView bytes) {
  Cursor whole(bytes);
  const auto block = whole.take(whole.variable());
  if (!block) return std::nullopt;
  Cursor cursor(*block);
  while (!cursor.done())
    if (!next_property(cursor)) return std::nullopt;
  return bytes.size() - whole.left();
}

}  // namespace mqtt_native::wire
