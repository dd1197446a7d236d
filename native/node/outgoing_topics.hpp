#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::node {

/** The topics of outgoing messages by number. lib/outgoing/outgoing-topics.ts assigns and limits them. */
class OutgoingTopics {
 public:
  /** Stores a topic under a number, and replaces the former one. */
  void set(uint32_t number, std::string_view topic) {
    if (number >= topics_.size()) topics_.resize(number + 1);
    topics_[number] = topic;
  }

  [[nodiscard]] std::string_view operator[](uint32_t number) const { return topics_[number]; }

 private:
  std::vector<std::string> topics_;
};

}  // namespace mqtt_native::node
