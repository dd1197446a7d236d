#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace mqtt_native::paho {

/**
 * The operations that are inside Paho. Paho may call back late, twice or never, so what it is given as
 * context is not a pointer but a ticket, and a ticket is good for one settlement.
 */
class InFlight {
 public:
  struct Entry {
    uint32_t token = 0;
    uint16_t identifier = 0;
    bool acknowledged = false;
  };

  /** A ticket in 32 bits: a place in the table, and how often that place has been used. */
  uint32_t add(Entry entry);
  Entry* find(uint32_t ticket);
  std::optional<Entry> take(uint32_t ticket);
  void clear();

  /** Operations that wait for an acknowledgement: those that the broker's Receive Maximum is about. */
  [[nodiscard]] size_t unacknowledged() const { return unacknowledged_; }

 private:
  struct Place {
    Entry entry;
    uint16_t use = 0;
    bool taken = false;
  };

  void release(uint16_t index);

  std::vector<Place> places_;
  std::vector<uint16_t> free_;
  size_t unacknowledged_ = 0;
};

}  // namespace mqtt_native::paho
