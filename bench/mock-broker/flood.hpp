#pragma once

#include <string>

#include "acknowledgements.hpp"

namespace stand_in {

/** What a client asks for by subscribing to `flood/<qos>/<size>/<count>/<topics>/+`. */
struct FloodOrder {
  std::string prefix;  // the filter without its "+"
  uint8_t qos = 0;
  uint32_t size = 0;
  uint32_t count = 0;
  uint32_t topics = 1;
};

/** Whether a filter asks for a flood at all. */
bool is_flood(std::string_view filter);
/** The order that the filter expresses; nothing when it makes no sense. */
std::optional<FloodOrder> parse_flood(std::string_view filter);

/**
 * The messages of one order, as fast as anyone takes them: a block of packets that is written again and
 * again, only their sequence numbers, packet identifiers and topic numbers changing.
 */
class Flood {
 public:
  /** `block_size`: roughly how many bytes are prepared at once. */
  Flood(FloodOrder order, bool v5, size_t block_size);

  /** The next packets, at most `limit` of them; valid until the next call. */
  View next(size_t limit, Acknowledgements& acknowledgements);

  [[nodiscard]] const FloodOrder& order() const { return order_; }
  [[nodiscard]] uint32_t sent() const { return sent_; }
  [[nodiscard]] bool done() const { return sent_ == order_.count; }

 private:
  void write_topic_number(uint8_t* at, uint32_t value) const;

  FloodOrder order_;
  size_t digits_;  // of a topic's number: all are of one length
  size_t packet_size_ = 0;
  size_t topic_number_at_ = 0;
  size_t id_at_ = 0;
  size_t payload_at_ = 0;
  size_t packets_ = 0;
  Bytes block_;
  uint32_t sent_ = 0;
};

}  // namespace stand_in
