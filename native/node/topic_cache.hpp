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
  /** Entries that a topic may have: with one, of a thousand topics each ninth would share its own with
   * another. */
  static constexpr uint16_t ways = 4;
  static constexpr size_t max_topic_size = 256;  // bytes; a longer topic is not kept

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
  struct Entry {
    size_t hash = 0;
    std::string topic;
  };

  std::vector<Entry> entries_;  // made with the first message
  uint16_t next_way_ = 0;       // that has to make room, where none is free
};

}  // namespace mqtt_native::node
