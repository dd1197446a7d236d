#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::node {

/**
 * Topics of outgoing messages, each under a number that JavaScript gives it:
 * lib/outgoing/outgoing-topics.ts is the other half, and says how many there may be.
 */
class OutgoingTopics {
 public:
  /** Keeps a topic in place of the one that had its number. */
  void set(uint32_t number, std::string_view topic);

  /** The topic that has a number. */
  [[nodiscard]] std::string_view operator[](uint32_t number) const { return topics_[number]; }

 private:
  std::vector<std::string> topics_;
};

}  // namespace mqtt_native::node
