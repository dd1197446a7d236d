#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt_native::node {

/**
 * The topics for which JavaScript has a string. Both sides keep the same table. This side decides which entry
 * a message uses or replaces. JavaScript reads the same records in the same order and follows. So a repeated
 * topic crosses the boundary once.
 */
class TopicCache {
 public:
  static constexpr uint16_t size = 8192;
  /** Candidate entries of a topic. With one, each ninth of a thousand topics would share its entry. */
  static constexpr uint16_t ways = 4;
  static constexpr size_t max_topic_size = 256;  // bytes; a longer topic is not kept

  enum class Use : uint8_t {
    none,     // not cached: the record has the topic's bytes
    replace,  // the record has the topic's bytes, which replace the entry
    hit,      // the entry has the topic
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

  std::vector<Entry> entries_;  // allocated with the first message
  uint16_t next_way_ = 0;       // the candidate to replace when none is free
};

}  // namespace mqtt_native::node
