#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::node {

/**
 * The topics of outgoing messages by number. JavaScript assigns the numbers and limits them
 * (lib/outgoing/outgoing-topics.ts).
 */
class OutgoingTopics {
 public:
  /** Stores a topic under a number, and replaces the former one. */
  void set(uint32_t number, std::string_view topic);

  /** The topic that has a number. */
  [[nodiscard]] std::string_view operator[](uint32_t number) const { return topics_[number]; }

 private:
  std::vector<std::string> topics_;
};

}  // namespace mqtt_native::node
