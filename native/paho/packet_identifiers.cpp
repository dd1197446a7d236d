#include "paho/packet_identifiers.hpp"

namespace mqtt_native::paho {

uint16_t PacketIdentifiers::next() {
  if (!used_) used_ = std::make_unique<Used>();
  if (count_ == used_->size() - 1) return 0;
  do last_++;
  while (last_ == 0 || used_->test(last_));
  used_->set(last_);
  count_++;
  return last_;
}

void PacketIdentifiers::release(uint16_t identifier) {
  if (!used_ || !used_->test(identifier)) return;
  used_->reset(identifier);
  count_--;
}

void PacketIdentifiers::clear() {
  used_.reset();
  last_ = 0;
  count_ = 0;
}

}  // namespace mqtt_native::paho
