#include <string>
#include <vector>

#include "paho/paho.hpp"

namespace mqtt_native::paho {

namespace {

/** The packet identifier of the request that this thread submits. */
thread_local uint16_t submitted_identifier = 0;

/** Properties in Paho's own form, for the time of one call. */
class PahoProperties {
 public:
  explicit PahoProperties(mqtt::BytesView encoded) {
    if (encoded.empty()) return;
    char* begin = const_cast<char*>(reinterpret_cast<const char*>(encoded.data()));
    MQTTProperties_read(&properties_, &begin, begin + encoded.size());
  }
  ~PahoProperties() { MQTTProperties_free(&properties_); }
  PahoProperties(const PahoProperties&) = delete;
  PahoProperties& operator=(const PahoProperties&) = delete;

  [[nodiscard]] const MQTTProperties& get() const { return properties_; }

 private:
  MQTTProperties properties_ = MQTTProperties_initializer;
};

/** Topic filters as the C strings that Paho takes. */
class Filters {
 public:
  explicit Filters(std::string_view encoded) {
    const mqtt::BytesView bytes = std::as_bytes(std::span(encoded));
    for (size_t at = 0; at < bytes.size(); at += 2 + strings_.back().size())
      strings_.emplace_back(encoded.substr(at + 2, mqtt::uint16_at(bytes, at)));
    for (std::string& string : strings_) pointers_.push_back(string.data());
  }

  [[nodiscard]] char* const* data() const { return pointers_.data(); }
  [[nodiscard]] int count() const { return static_cast<int>(pointers_.size()); }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

int subscribe(MQTTAsync handle, const Filters& filters, mqtt::BytesView subscription_options,
              MQTTAsync_responseOptions& options) {
  std::vector<int> qos;
  std::vector<MQTTSubscribe_options> details;
  for (const std::byte byte : subscription_options) {
    const auto option = std::to_integer<uint8_t>(byte);
    MQTTSubscribe_options detail = MQTTSubscribe_options_initializer;
    detail.noLocal = option >> 2 & 1;
    detail.retainAsPublished = option >> 3 & 1;
    detail.retainHandling = option >> 4 & 3;
    qos.push_back(option & 3);
    details.push_back(detail);
  }
  options.subscribeOptions = details.front();
  options.subscribeOptionsCount = static_cast<int>(details.size());
  options.subscribeOptionsList = details.data();
  return MQTTAsync_subscribeMany(handle, filters.count(), filters.data(), qos.data(), &options);
}

}  // namespace

extern "C" {

int __wrap_MQTTAsync_assignMsgId(MQTTAsync_struct* /*client*/) {
  return submitted_identifier;
}
}

int submit(MQTTAsync handle, const session::Operation& operation, uint16_t identifier) {
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  const PahoProperties properties(operation.properties);
  const Filters filters(operation.topics);
  options.properties = properties.get();
  submitted_identifier = identifier;
  return operation.kind == session::Operation::Kind::subscribe
             ? subscribe(handle, filters, operation.options, options)
             : MQTTAsync_unsubscribeMany(handle, filters.count(), filters.data(), &options);
}

}  // namespace mqtt_native::paho
