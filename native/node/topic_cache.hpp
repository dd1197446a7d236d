#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::node {

/**
 * Topics that JavaScript has a string for already. Both sides keep the same table: this one says which entry
 * a message uses or replaces, and JavaScript, reading the same records in the same order, does as told. So a
 * topic that repeats crosses the boundary once.
 */
class TopicCache {
 public:
  static constexpr uint16_t size = 8192;
  static constexpr size_t longest_topic = 256;  // bytes; a longer topic is not kept

  enum class Use : uint8_t {
    none,     // the topic is not kept: its bytes come along
    replace,  // its bytes come along, and the entry is theirs from now on
    hit,      // the entry has it
  };
  struct Lookup {
    Use use;
    uint16_t entry;
  };

  Lookup look_up(std::string_view topic);

 private:
  std::vector<std::string> entries_;  // made with the first message
};

}  // namespace mqtt_native::node
