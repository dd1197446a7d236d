#include "node/topic_cache.hpp"

#include <functional>
#include <span>

namespace mqtt_native::node {

TopicCache::Lookup TopicCache::look_up(std::string_view topic) {
  if (topic.empty() || topic.size() > max_topic_size) return {Use::none, 0};
  if (entries_.empty()) entries_.resize(size);
  const size_t hash = std::hash<std::string_view>{}(topic);
  const auto first = static_cast<uint16_t>(hash % (size / ways) * ways);
  const std::span candidates(&entries_[first], ways);
  uint16_t way = 0;
  for (; way < ways && !candidates[way].topic.empty(); way++)
    if (candidates[way].hash == hash && candidates[way].topic == topic)
      return {Use::hit, static_cast<uint16_t>(first + way)};
  if (way == ways) way = next_way_++ % ways;
  candidates[way].hash = hash;
  candidates[way].topic = topic;
  return {Use::replace, static_cast<uint16_t>(first + way)};
}

}  // namespace mqtt_native::node
