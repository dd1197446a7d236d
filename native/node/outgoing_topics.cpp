#include "node/outgoing_topics.hpp"

namespace mqtt_native::node {

void OutgoingTopics::set(uint32_t number, std::string_view topic) {
  if (number >= topics_.size()) topics_.resize(number + 1);
  topics_[number] = topic;
}

}  // namespace mqtt_native::node
