#include "node/topic_cache.hpp"

#include <functional>

namespace mqtt_native::node {

TopicCache::Lookup TopicCache::look_up(std::string_view topic) {
  if (topic.empty() || topic.size() > longest_topic) return {Use::none, 0};
  if (entries_.empty()) entries_.resize(size);
  const auto entry = static_cast<uint16_t>(std::hash<std::string_view>{}(topic) % size);
  std::string& kept = entries_[entry];
  if (kept == topic) return {Use::hit, entry};
  kept = topic;
  return {Use::replace, entry};
}

}  // namespace mqtt_native::node
