#include "paho/callbacks.hpp"

#include <netinet/in.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "paho/engine.hpp"

namespace mqtt_native::paho {

namespace {

/** Paho's own connect timeout, in seconds: far beyond ours, which is the one that counts. */
constexpr int no_timeout = 1'000'000;
/** Paho's own window is never to be the one that blocks: it wakes up from that only once a second. */
constexpr int no_limit = 65'535;
/** Smaller payloads are copied: memory that is held has to be let go of, one by one. */
constexpr size_t least_held = 16 * 1024;
/** The address by which Paho "reaches" a session, its number being the port. Nothing is ever sent there. */
constexpr in_addr_t session_network = 0xF0000001;  // 240.0.0.1, of a block that no host has

Session* self(void* context) {
  return static_cast<Session*>(context);
}

// ---- of a client ----

void connection_lost(void* context, char* /*cause*/) {
  self(context)->on_lost();
}

void disconnected(void* context, MQTTProperties* /*properties*/, MQTTReasonCodes /*reason*/) {
  self(context)->on_lost();
}

void connected(void* context, MQTTAsync_successData* /*data*/) {
  self(context)->on_connected();
}
void connected5(void* context, MQTTAsync_successData5* /*data*/) {
  self(context)->on_connected();
}
void connect_failed(void* context, MQTTAsync_failureData* /*data*/) {
  self(context)->on_connect_failed();
}
void connect_failed5(void* context, MQTTAsync_failureData5* /*data*/) {
  self(context)->on_connect_failed();
}

wire::Bytes encode(MQTTProperties& properties) {
  if (properties.count == 0) return {};
  wire::Bytes bytes(static_cast<size_t>(MQTTProperties_len(&properties)));
  char* end = reinterpret_cast<char*>(bytes.data());
  MQTTProperties_write(&end, &properties);
  return bytes;
}

/** The payload, which the message does not have any more. Our heap hooks have made it plain memory of
 * malloc's. */
net::SharedBytes take_payload(MQTTAsync_message& message) {
  return {static_cast<std::byte*>(std::exchange(message.payload, nullptr)),
          [](std::byte* memory) { std::free(memory); }};
}

int message_arrived(void* context, char* topic, int topic_length, MQTTAsync_message* message) {
  const size_t length = topic_length > 0 ? static_cast<size_t>(topic_length) : std::strlen(topic);
  const wire::Bytes properties = encode(message->properties);
  const wire::BytesView payload{static_cast<const std::byte*>(message->payload),
                                static_cast<size_t>(message->payloadlen)};
  net::SharedBytes memory;
  if (payload.size() >= least_held) memory = take_payload(*message);
  self(context)->on_message({
      .topic = {topic, length},
      .properties = properties,
      .payload = payload,
      .memory = memory,
      .identifier = static_cast<uint16_t>(message->msgid),
      .qos = static_cast<uint8_t>(message->qos),
      .retain = message->retained != 0,
      .duplicate = message->dup != 0,
  });
  MQTTAsync_freeMessage(&message);
  MQTTAsync_free(topic);
  // Taken, always: what Paho keeps it offers again only with the next packet (MQTTAsyncUtils.c:2046).
  return 1;
}

// ---- of an operation: its answer is ours before Paho sees it ----

/** Properties in Paho's own form, for the time of one call. */
class PahoProperties {
 public:
  explicit PahoProperties(wire::BytesView encoded) {
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

/** The strings that lie one behind the other in `strings`, each with its NUL. */
std::vector<char*> c_strings(std::string_view strings) {
  std::vector<char*> pointers;
  for (size_t begin = 0; begin < strings.size(); begin = strings.find('\0', begin) + 1)
    pointers.push_back(const_cast<char*>(strings.data()) + begin);
  return pointers;
}

int subscribe(MQTTAsync handle, const Operation& operation, MQTTAsync_responseOptions& options) {
  const std::vector<char*> filters = c_strings(operation.topics);
  std::vector<int> qos;
  std::vector<MQTTSubscribe_options> details;
  for (const std::byte byte : operation.options) {
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
  return MQTTAsync_subscribeMany(handle, static_cast<int>(filters.size()), filters.data(), qos.data(),
                                 &options);
}

int unsubscribe(MQTTAsync handle, const Operation& operation, MQTTAsync_responseOptions& options) {
  const std::vector<char*> filters = c_strings(operation.topics);
  return MQTTAsync_unsubscribeMany(handle, static_cast<int>(filters.size()), filters.data(), &options);
}

/** The session whose operation this thread is handing over to Paho. */
thread_local Session* submitting = nullptr;

}  // namespace

extern "C" {

/** Asked for by Paho with each operation that is acknowledged. */
int __wrap_MQTTAsync_assignMsgId(MQTTAsync_struct* /*client*/) {
  return submitting != nullptr ? submitting->next_identifier() : 0;
}
}

void create_handle(MQTTAsync& handle, Session& session, wire::Protocol protocol) {
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
  options.MQTTVersion = static_cast<int>(protocol);
  options.maxBufferedMessages = no_limit;
  const std::string uri = "tcp://240.0.0.1:" + std::to_string(session.id());
  MQTTAsync_createWithOptions(&handle, uri.c_str(), "", MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
  MQTTAsync_setCallbacks(handle, &session, connection_lost, message_arrived, nullptr);
  if (protocol == wire::Protocol::v5) MQTTAsync_setDisconnected(handle, &session, disconnected);
}

int start_connect(MQTTAsync handle, Session& session, const ConnectRequest& request) {
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  MQTTProperties properties = MQTTProperties_initializer;
  if (request.protocol == wire::Protocol::v5) {
    options = MQTTAsync_connectOptions_initializer5;
    options.cleanstart = request.clean ? 1 : 0;
    options.onSuccess5 = connected5;
    options.onFailure5 = connect_failed5;
    // Paho asks this property, not the packet that is really
    // sent, whether the session outlives the connection.
    MQTTProperty expiry{};
    expiry.identifier = MQTTPROPERTY_CODE_SESSION_EXPIRY_INTERVAL;
    expiry.value.integer4 = request.session_expiry;
    MQTTProperties_add(&properties, &expiry);
    options.connectProperties = &properties;
  } else {
    options.cleansession = request.clean ? 1 : 0;
    options.onSuccess = connected;
    options.onFailure = connect_failed;
  }
  options.MQTTVersion = static_cast<int>(request.protocol);
  options.context = &session;
  options.keepAliveInterval = 0;  // ours is per connection, Paho's is one for all (MQTTAsyncUtils.c:2615)
  options.maxInflight = no_limit;
  options.connectTimeout = no_timeout;
  const int error = MQTTAsync_connect(handle, &options);
  MQTTProperties_free(&properties);
  return error;
}

int submit_to_paho(MQTTAsync handle, Session& session, const Operation& operation) {
  MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
  const PahoProperties properties(operation.properties);
  options.properties = properties.get();
  submitting = &session;
  const int error = operation.kind == Operation::Kind::subscribe ? subscribe(handle, operation, options)
                                                                 : unsubscribe(handle, operation, options);
  submitting = nullptr;
  return error;
}

Session* session_at(const sockaddr* address) {
  if (address->sa_family != AF_INET) return nullptr;
  sockaddr_in target{};
  std::memcpy(&target, address, sizeof target);
  if (ntohl(target.sin_addr.s_addr) != session_network) return nullptr;
  return Engine::instance().find(ntohs(target.sin_port));
}

}  // namespace mqtt_native::paho
