#include "mqtt/topic_aliases.hpp"

#include <algorithm>
#include <functional>

namespace mqtt_native::mqtt {

namespace {

/** The limit of aliases, whatever the broker allows: more are not worth their memory. */
constexpr uint16_t max_entries = 1024;

}  // namespace

BytesView IncomingAliases::resolve(uint16_t alias, BytesView topic) {
  if (!topic.empty()) {
    topics_[alias].assign(topic.begin(), topic.end());
    return topic;
  }
  const auto known = topics_.find(alias);
  return known == topics_.end() ? BytesView{} : BytesView(known->second);
}

OutgoingAliases::OutgoingAliases(uint16_t maximum, uint32_t maximum_packet_size)
    : entries_(std::min(maximum, max_entries)), maximum_packet_size_(maximum_packet_size) {}

OutgoingPublish OutgoingAliases::apply(const OutgoingPublish& publish) {
  if (publish.topic.size() <= topic_alias_size) return publish;  // an alias would not be shorter
  const size_t index = std::hash<std::string_view>{}(publish.topic) % entries_.size();
  Entry& entry = entries_[index];
  if (entry.topic != publish.topic) {
    entry = {std::string(publish.topic)};
    return publish;
  }
  OutgoingPublish with_alias = publish;
  with_alias.topic_alias = static_cast<uint16_t>(index + 1);
  if (entry.announced)
    with_alias.topic = {};
  else
    entry.announced = PublishParts(with_alias, Protocol::v5).size() <= maximum_packet_size_;
  return entry.announced ? with_alias : publish;
}

}  // namespace mqtt_native::mqtt
