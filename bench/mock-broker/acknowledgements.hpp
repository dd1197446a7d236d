#pragma once

#include <deque>
#include <string>

#include "packet.hpp"
#include "report.hpp"

namespace mock_broker {

/**
 * The unacknowledged messages of QoS 1 and 2 that were sent to one client. Acknowledgements must be in the
 * order of their messages (MQTT 5, section 4.6).
 */
class Acknowledgements {
 public:
  explicit Acknowledgements(Report& report) : report_(report) {}

  /** Returns the packet identifier for the next message. */
  uint16_t begin(uint8_t qos);
  /** Handles a PUBACK, PUBREC or PUBCOMP, and appends the packets that it requires to `answers`. */
  void take(const Packet& packet, Bytes& answers);

  [[nodiscard]] size_t outstanding() const {
    return for_puback_.size() + for_pubrec_.size() + for_pubcomp_.size();
  }

 private:
  bool settle(std::deque<uint16_t>& expected, uint16_t id, const char* name);

  Report& report_;
  uint16_t last_id_ = 0;
  std::deque<uint16_t> for_puback_;
  std::deque<uint16_t> for_pubrec_;
  std::deque<uint16_t> for_pubcomp_;
};

}  // namespace mock_broker
