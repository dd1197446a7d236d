#include "session/waiting_publish.hpp"

namespace mqtt_native::session {

using mqtt::PropertyId;

bool has_expiry(const Operation& publish) {
  return !publish.properties.empty() &&
         mqtt::find_property(publish.properties, PropertyId::message_expiry_interval).has_value();
}

Adjusted adjust(const Operation& publish, bool is_new_connection, base::TimePoint now,
                mqtt::Bytes& properties) {
  Adjusted adjusted{publish};
  if (publish.queued_at != base::TimePoint{}) {
    const auto interval =
        mqtt::find_property(publish.properties, PropertyId::message_expiry_interval).value_or(0);
    const auto waited = std::chrono::floor<std::chrono::seconds>(now - publish.queued_at).count();
    if (waited > 0 && interval <= waited) return {.operation = publish, .outcome = Outcome::expired};
    properties = mqtt::properties_with_expiry(publish.properties, interval - static_cast<uint32_t>(waited));
    adjusted.operation.properties = properties;
  }
  if (is_new_connection && mqtt::find_property(adjusted.operation.properties, PropertyId::topic_alias)) {
    if (publish.topics.empty())
      return {.operation = publish, .outcome = Outcome::refused, .reason_code = mqtt::topic_alias_invalid};
    properties = mqtt::properties_without(adjusted.operation.properties, PropertyId::topic_alias);
    adjusted.operation.properties = properties;
  }
  return adjusted;
}

}  // namespace mqtt_native::session
