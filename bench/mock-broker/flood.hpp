#pragma once

#include <string>

#include "acknowledgements.hpp"

namespace mock_broker {

/** A request by subscribing to `flood/<qos>/<size>/<count>/<topics>/+`. */
struct FloodOrder {
  std::string prefix;  // the filter without its "+"
  uint8_t qos = 0;
  uint32_t size = 0;
  uint32_t count = 0;
  uint32_t topics = 1;
};

/** Whether a filter requests a flood. */
bool is_flood(std::string_view filter);
/** Parses the request in a filter. Returns nothing when it is invalid. */
std::optional<FloodOrder> parse_flood(std::string_view filter);

/**
 * The messages of one request, as fast as the client reads them. A block of packets is written repeatedly.
 * Only sequence numbers, packet identifiers and topic numbers change.
 */
class Flood {
 public:
  /** `block_size` is roughly the number of bytes that are prepared at once. */
  Flood(FloodOrder order, bool v5, size_t block_size);

  /** Returns the next packets, at most `limit` of them. They are valid until the next call. */
  View next(size_t limit, Acknowledgements& acknowledgements);

  [[nodiscard]] const FloodOrder& order() const { return order_; }
  [[nodiscard]] uint32_t sent() const { return sent_; }
  [[nodiscard]] bool done() const { return sent_ == order_.count; }

 private:
  void write_topic_number(uint8_t* at, uint32_t value) const;

  FloodOrder order_;
  size_t digits_;  // of a topic's number; all have the same length
  size_t packet_size_ = 0;
  size_t topic_number_at_ = 0;
  size_t id_at_ = 0;
  size_t payload_at_ = 0;
  size_t packets_ = 0;
  Bytes block_;
  uint32_t sent_ = 0;
};

}  // namespace mock_broker
