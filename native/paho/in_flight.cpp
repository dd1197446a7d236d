#include "paho/in_flight.hpp"

namespace mqtt_native::paho {

uint32_t InFlight::add(Entry entry) {
  if (free_.empty()) {
    free_.push_back(static_cast<uint16_t>(places_.size()));
    places_.emplace_back();
  }
  const uint16_t index = free_.back();
  free_.pop_back();
  Place& place = places_[index];
  place.entry = entry;
  place.taken = true;
  if (entry.acknowledged) unacknowledged_++;
  return static_cast<uint32_t>(place.use) << 16 | index;
}

InFlight::Entry* InFlight::find(uint32_t ticket) {
  const size_t index = ticket & 0xFFFF;
  if (index >= places_.size()) return nullptr;
  Place& place = places_[index];
  return place.taken && place.use == ticket >> 16 ? &place.entry : nullptr;
}

std::optional<InFlight::Entry> InFlight::take(uint32_t ticket) {
  const Entry* entry = find(ticket);
  if (entry == nullptr) return std::nullopt;
  const Entry taken = *entry;
  release(static_cast<uint16_t>(ticket & 0xFFFF));
  return taken;
}

void InFlight::clear() {
  for (size_t index = 0; index < places_.size(); index++)
    if (places_[index].taken) release(static_cast<uint16_t>(index));
}

void InFlight::release(uint16_t index) {
  Place& place = places_[index];
  if (place.entry.acknowledged) unacknowledged_--;
  place.taken = false;
  place.use++;
  free_.push_back(index);
}

}  // namespace mqtt_native::paho
