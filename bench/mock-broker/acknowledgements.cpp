#include "acknowledgements.hpp"

#include <algorithm>

namespace mock_broker {

uint16_t Acknowledgements::begin(uint8_t qos) {
  // The next identifier is free, because acknowledgements are in order and the window is far smaller than 65
  // 535.
  last_id_ = last_id_ == 65'535 ? 1 : static_cast<uint16_t>(last_id_ + 1);
  (qos == 1 ? for_puback_ : for_pubrec_).push_back(last_id_);
  return last_id_;
}

void Acknowledgements::take(const Packet& packet, Bytes& answers) {
  Reader reader(packet.body);
  const uint16_t id = reader.u16();
  if (!reader.rest().empty() && reader.u8() >= 0x80)
    report_.violation("packet " + std::to_string(id) + " was refused by the client");
  report_.acknowledgements++;
  if (packet.type == PacketType::puback) {
    settle(for_puback_, id, "PUBACK");
  } else if (packet.type == PacketType::pubcomp) {
    settle(for_pubcomp_, id, "PUBCOMP");
  } else if (settle(for_pubrec_, id, "PUBREC")) {
    for_pubcomp_.push_back(id);
    append_acknowledgement(answers, PacketType::pubrel, id);
  }
}

bool Acknowledgements::settle(std::deque<uint16_t>& expected, uint16_t id, const char* name) {
  if (!expected.empty() && expected.front() == id) {
    expected.pop_front();
    return true;
  }
  const auto found = std::find(expected.begin(), expected.end(), id);
  const bool known = found != expected.end();
  report_.violation(std::string(name) + " for " + std::to_string(id) +
                    (known ? " came out of order" : ", which nothing waits for"));
  if (known) expected.erase(found);
  return known;
}

}  // namespace mock_broker
