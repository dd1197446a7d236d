#include "paho/control_plane.hpp"

#include <cerrno>

#include "base/parts.hpp"
#include "paho/adapter.hpp"

namespace mqtt_native::paho {

namespace {

/** Paho's own connect timeout, in seconds. It never expires: the session's deadline is earlier. */
constexpr int no_timeout = 1'000'000;

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

/** Queues a subscribe or unsubscribe inside Paho, whose lock is held. Returns one of Paho's codes. */
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

}  // namespace

extern "C" {

int __wrap_MQTTAsync_assignMsgId(MQTTAsync_struct* /*client*/) {
  return submitted_identifier;
}
}

PahoControlPlane::~PahoControlPlane() {
  adapter_.release_number(number_);
}

std::optional<base::Failure> PahoControlPlane::connect(mqtt::Bytes packet) {
  number_ = adapter_.acquire_number(*this);
  if (number_ == 0) return base::Failure{"EMFILE", "Too many clients in this process"};
  connect_packet_ = std::move(packet);
  int error = create_handle();
  if (error == MQTTASYNC_SUCCESS) error = start_connect();
  if (error == MQTTASYNC_SUCCESS) return std::nullopt;
  return base::Failure{"PAHO_ERROR", "Paho cannot connect (" + std::to_string(error) + ")"};
}

/** Paho's lock must not be held. */
int PahoControlPlane::create_handle() {
  MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
  options.MQTTVersion = static_cast<int>(protocol_);
  const std::string uri = Adapter::make_uri(number_);
  const int error =
      MQTTAsync_createWithOptions(&handle_, uri.c_str(), "", MQTTCLIENT_PERSISTENCE_NONE, nullptr, &options);
  if (error == MQTTASYNC_SUCCESS)
    MQTTAsync_setConnectionLostCallback(handle_, this, report<&Listener::on_control_ended>);
  return error;
}

/** Paho has no session state: each of its sessions is a clean one. */
int PahoControlPlane::start_connect() {
  const bool is_v5 = protocol_ == mqtt::Protocol::v5;
  MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
  if (is_v5) {
    options = MQTTAsync_connectOptions_initializer5;
    options.onSuccess5 = report<&Listener::on_control_connected>;
    options.onFailure5 = report<&Listener::on_control_refused>;
  } else {
    options.onSuccess = report<&Listener::on_control_connected>;
    options.onFailure = report<&Listener::on_control_refused>;
  }
  options.MQTTVersion = static_cast<int>(protocol_);
  options.context = this;
  // keepalive is per connection here, while Paho has one timer for all (MQTTAsyncUtils.c:2615)
  options.keepAliveInterval = 0;
  options.connectTimeout = no_timeout;
  const PahoLock lock;
  return MQTTAsync_connect(handle_, &options);
}

int PahoControlPlane::request(const session::Operation& operation, uint16_t identifier) {
  adapter_.on_requested(shared_from_this());
  const PahoLock lock;
  const int error = submit(handle_, operation, identifier);
  // Without a connection the end follows, and completes the operation.
  return error == MQTTASYNC_DISCONNECTED ? MQTTASYNC_SUCCESS : error;
}

void PahoControlPlane::disconnect(mqtt::Bytes packet) {
  const PahoLock lock;
  disconnect_packet_ = std::move(packet);
  MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
  options.timeout = 0;  // Paho's own waiting for operations in flight does not work (MQTTAsyncUtils.c:1681)
  MQTTAsync_disconnect(handle_, &options);
}

void PahoControlPlane::destroy() {
  is_destroyed_ = true;
  if (handle_ == nullptr) return;
  {
    const PahoLock lock;
    pthread_mutex_lock(mqttcommand_mutex);
    MQTTAsync_freeCommands(static_cast<MQTTAsync_struct*>(handle_));  // Paho before 1.3.14 leaks them
    pthread_mutex_unlock(mqttcommand_mutex);
  }
  MQTTAsync_destroy(&handle_);
}

// ---- the events ----

void PahoControlPlane::report(void (Listener::*event)()) {
  if (is_destroyed_) return;
  if (const auto listener = listener_.lock()) (listener.get()->*event)();
}

void PahoControlPlane::on_processed() {
  report(&Listener::on_control_processed);
}

// ---- the socket that Paho sees ----

void PahoControlPlane::receive(mqtt::BytesView packet) {
  {
    const std::lock_guard lock(mutex_);
    input_.insert(input_.end(), packet.begin(), packet.end());
    note_readable();
  }
  adapter_.runtime().wake();
}

void PahoControlPlane::end() {
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    note_readable();
  }
  adapter_.runtime().wake();
}

void PahoControlPlane::note_readable() {
  if (descriptor_ != -1) adapter_.sockets().set_readable(descriptor_, has_ended_ || taken_ < input_.size());
}

void PahoControlPlane::on_attached(int descriptor) {
  {
    const std::lock_guard lock(mutex_);
    descriptor_ = descriptor;
    adapter_.sockets().attach(descriptor, *this);
    note_readable();
  }
  adapter_.runtime().wake();  // the current poll does not include the descriptor
}

ssize_t PahoControlPlane::read(void* into, size_t size) {
  if (size == 0) return 0;  // a probe while it closes
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(size, input_.size() - taken_);
  if (count == 0) {
    errno = has_ended_ ? ECONNRESET : EAGAIN;
    return -1;
  }
  std::memcpy(into, input_.data() + taken_, count);
  taken_ += count;
  if (taken_ == input_.size()) {
    input_.clear();
    taken_ = 0;
  }
  note_readable();
  return static_cast<ssize_t>(count);
}

/**
 * Replaces Paho's CONNECT and DISCONNECT, which lack properties. Paho sends a DISCONNECT whenever it closes.
 * Without one of the session's it must not be sent: it would prevent the will.
 */
void PahoControlPlane::write(std::span<const iovec> parts) {
  mqtt::Bytes packet = base::joined(parts);
  const auto listener = listener_.lock();
  if (packet.empty() || is_destroyed_ || !listener) return;
  const auto type = static_cast<mqtt::PacketType>(mqtt::byte_at(packet, 0) >> 4);
  if (type == mqtt::PacketType::connect) packet.swap(connect_packet_);
  if (type == mqtt::PacketType::disconnect) packet = std::exchange(disconnect_packet_, {});
  if (!packet.empty()) listener->on_control_output(packet);
  if (type == mqtt::PacketType::connect) std::fill(packet.begin(), packet.end(), std::byte{});  // a password
}

void PahoControlPlane::on_closed() {
  {
    const std::lock_guard lock(mutex_);
    adapter_.sockets().close(std::exchange(descriptor_, -1));
  }
  report(&Listener::on_control_released);
}

}  // namespace mqtt_native::paho
