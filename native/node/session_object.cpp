#include "node/session_object.hpp"

#include "node/parse_target.hpp"
#include "node/services.hpp"
#include "node/values.hpp"

namespace mqtt_native::node {

namespace {

/** Queues a session's events in the event queue of the session's environment. */
class QueuedEvents final : public session::Events {
 public:
  QueuedEvents(std::shared_ptr<EventQueue> event_queue, uint32_t client)
      : event_queue_(std::move(event_queue)), client_(client) {}

  void connected(mqtt::BytesView connack) override {
    event_queue_->packet(client_, EventBatch::Kind::connected, connack);
  }
  void authentication(mqtt::BytesView packet) override {
    event_queue_->packet(client_, EventBatch::Kind::authentication, packet);
  }
  void deviation(mqtt::Deviation deviation) override { event_queue_->deviation(client_, deviation); }
  void released(uint16_t identifier, uint16_t connection) override {
    event_queue_->released(client_, identifier, connection);
  }
  void connect_failed(const mqtt::CloseReason& reason) override {
    event_queue_->ended(client_, EventBatch::Kind::connect_failed, &reason);
  }
  void message(const session::Message& message) override { event_queue_->message(client_, message); }
  void completed(const session::Completion& completion) override {
    event_queue_->completed(client_, completion);
  }
  void notify() override { event_queue_->notify(); }
  void closed(const mqtt::CloseReason* reason) override {
    event_queue_->ended(client_, EventBatch::Kind::closed, reason);
  }
  [[nodiscard]] std::shared_ptr<const std::atomic<bool>> paused() const override {
    return event_queue_->paused();
  }

 private:
  const std::shared_ptr<EventQueue> event_queue_;
  const uint32_t client_;
};

base::TimePoint from_now(double seconds) {
  constexpr double a_century = 100.0 * 365 * 24 * 3600;
  if (!(seconds < a_century)) return base::never;
  return base::Clock::now() +
         std::chrono::duration_cast<base::Clock::duration>(std::chrono::duration<double>(seconds));
}

session::QueueOptions parse_queue_options(const JsValue& options) {
  const double max_bytes = options["maxQueuedBytes"].real();
  const bool is_limited = options.is_object() && max_bytes < static_cast<double>(SIZE_MAX);
  return {.keeps_operations = options["keepsOperations"].flag(),
          .repeats_qos2 = options["repeatsQos2"].flag(),
          .max_bytes = is_limited ? static_cast<size_t>(max_bytes) : SIZE_MAX};
}

session::ConnectRequest parse_connect_request(const JsValue& options,
                                              std::shared_ptr<net::tls::Context>& tls) {
  return {
      .target = parse_target(options, tls),
      .protocol = static_cast<mqtt::Protocol>(options["protocol"].number()),
      .clean = options["clean"].flag(),
      .session_expiry = options["sessionExpiry"].number(),
      .connect_packet = options["packet"].bytes(),
      .keepalive = std::chrono::seconds(options["keepalive"].number()),
      .maximum_packet_size = options["maximumPacketSize"].number(),
      .topic_aliases = options["topicAliases"].flag(),
      .inflight_limit = options["inflightLimit"].number(),
      .deadline = from_now(options["timeout"].real()),
      .one_by_one = options["repeatsOneByOne"].flag(),
  };
}

/** QoS in the low two bits, then retain, then the topic's number. DUP is bit 30. */
struct PublishFlags {
  explicit PublishFlags(const Napi::Value& value) : PublishFlags(to_uint32(value)) {}
  explicit PublishFlags(uint32_t bits)
      : qos(static_cast<uint8_t>(bits & 3)),
        retain((bits & 4) != 0),
        duplicate((bits & duplicate_bit) != 0),
        topic((bits & (duplicate_bit - 1)) >> 3) {}

  static constexpr uint32_t duplicate_bit = 1U << 30;

  uint8_t qos;
  bool retain;
  bool duplicate;
  uint32_t topic;
};

/** Calls `use` with the SUBSCRIBE of the arguments (token, filters, options, properties?). */
template <typename Use>
void with_subscription(const Napi::CallbackInfo& info, const Use& use) {
  const std::string filters = to_mqtt_strings(info[1]);
  const BytesArgument options(info.Env(), info[2]);
  const BytesArgument properties(info.Env(), info[3]);
  use({.kind = session::Operation::Kind::subscribe,
       .token = to_uint32(info[0]),
       .topics = filters,
       .options = options.view(),
       .properties = properties.view()});
}

}  // namespace

Napi::Function SessionObject::define(Napi::Env env) {
  return DefineClass(env, "Session",
                     {
                         InstanceMethod<&SessionObject::connect>("connect"),
                         own_function("publishNow"),
                         own_function("publish"),
                         InstanceMethod<&SessionObject::subscribe>("subscribe"),
                         InstanceMethod<&SessionObject::unsubscribe>("unsubscribe"),
                         InstanceMethod<&SessionObject::flush>("flush"),
                         InstanceMethod<&SessionObject::cancel>("cancel"),
                         InstanceMethod<&SessionObject::expire>("expire"),
                         InstanceMethod<&SessionObject::refuse>("refuse"),
                         InstanceMethod<&SessionObject::renew>("renew"),
                         InstanceMethod<&SessionObject::proceed>("proceed"),
                         InstanceMethod<&SessionObject::drop>("drop"),
                         InstanceMethod<&SessionObject::authenticate>("authenticate"),
                         InstanceMethod<&SessionObject::defer_acknowledgements>("deferAcknowledgements"),
                         InstanceMethod<&SessionObject::acknowledge>("acknowledge"),
                         InstanceMethod<&SessionObject::disconnect>("disconnect"),
                         InstanceMethod<&SessionObject::abort>("abort"),
                         InstanceAccessor<&SessionObject::queued>("queued"),
                         InstanceAccessor<&SessionObject::queued_bytes>("queuedBytes"),
                         InstanceAccessor<&SessionObject::in_flight>("inFlight"),
                         InstanceAccessor<&SessionObject::traffic>("traffic"),
                         InstanceAccessor<&SessionObject::last_written>("lastWritten"),
                     });
}

SessionObject::SessionObject(const Napi::CallbackInfo& info)
    : ObjectWrap(info),
      environment_(Environment::Unwrap(info[0].As<Napi::Object>())),
      client_(to_uint32(info[1])),
      reader_(environment_ == nullptr ? nullptr : environment_->reader()) {
  if (IsEmpty()) delete_at_end<SessionObject>(info.Env(), this);
  if (IsEmpty() || environment_ == nullptr) return;
  hold_in(info.This(), "environment", info[0]);
  bool failed = false;
  const auto queue = parse_queue_options(JsValue(info.Env(), info[2], failed));
  session_ = std::make_shared<session::Session>(
      process_services(), std::make_shared<QueuedEvents>(environment_->event_queue(), client_),
      reader_ ? reader_->make_delivery(client_) : nullptr, queue);
  if (reader_) reader_->add(client_, *session_);
}

/** A function of `make_functions` and its name. */
Napi::ClassPropertyDescriptor<SessionObject> SessionObject::own_function(const char* name) {
  return InstanceAccessor<&SessionObject::make_functions>(name, napi_default, const_cast<char*>(name));
}

/**
 * Makes functions that belong to this object alone. A method of the class would have to look up its object,
 * which takes as long as the rest of a publish. They are made at first use, because many clients never
 * publish.
 */
Napi::Value SessionObject::make_functions(const Napi::CallbackInfo& info) {
  const auto object = info.This().As<Napi::Object>();
  make_function<&SessionObject::publish_now>(object, "publishNow");
  make_function<&SessionObject::publish>(object, "publish");
  return object.Get(static_cast<const char*>(info.Data()));
}

/**
 * Makes a function that holds the object. A worker that is being terminated makes none. An empty function has
 * no environment, and setting a member of it would end the process.
 */
template <auto method>
void SessionObject::make_function(Napi::Object object, const char* name) {
  auto function = Napi::Function::New<&SessionObject::call<method>>(object.Env(), name, this);
  if (function.IsEmpty()) return;
  function.Set("session", object);
  object.DefineProperty(Napi::PropertyDescriptor::Value(name, function));
}

template <auto method>
Napi::Value SessionObject::call(const Napi::CallbackInfo& info) {
  return (static_cast<SessionObject*>(info.Data())->*method)(info);
}

SessionObject::~SessionObject() {
  if (!session_) return;
  if (reader_) reader_->remove(client_);
  session_->dispose();
}

void SessionObject::connect(const Napi::CallbackInfo& info) {
  bool failed = false;
  auto request = parse_connect_request(JsValue(info.Env(), info[0], failed), tls_);
  if (!failed) session_->connect(std::move(request));
}

/**
 * publishNow(flags, payload, topic?, properties?) → whether it is written; arguments as for `publish`. Mostly
 * two are given, because reading one costs as much as a table lookup.
 */
Napi::Value SessionObject::publish_now(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const PublishFlags flags(info[0]);
  const bool has_more = info.Length() > 2;
  if (has_more) keep_topic(flags.topic, info[2]);
  const BytesArgument payload(env, info[1]);
  const BytesArgument properties(env, has_more ? napi_value(info[3]) : nullptr);
  return Napi::Boolean::New(env, session_->publish_now({.kind = session::Operation::Kind::publish,
                                                        .retain = flags.retain,
                                                        .topics = topics_[flags.topic],
                                                        .payload = payload.view(),
                                                        .properties = properties.view()}));
}

/** publish(token, flags, topic, payload, properties?) → whether it is accepted; a string sets the topic */
Napi::Value SessionObject::publish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const PublishFlags flags(info[1]);
  keep_topic(flags.topic, info[2]);
  const BytesArgument payload(env, info[3]);
  const BytesArgument properties(env, info[4]);
  const bool taken = session_->submit({.kind = session::Operation::Kind::publish,
                                       .qos = flags.qos,
                                       .retain = flags.retain,
                                       .duplicate = flags.duplicate,
                                       .token = to_uint32(info[0]),
                                       .topics = topics_[flags.topic],
                                       .payload = payload.view(),
                                       .properties = properties.view()});
  return Napi::Boolean::New(env, taken);
}

void SessionObject::keep_topic(uint32_t number, const Napi::Value& topic) {
  if (!topic.IsString()) return;
  if (number >= topics_.size()) topics_.resize(number + 1);
  topics_[number] = to_string(topic.Env(), topic);
}

/** subscribe(token, filters, options: one byte each, properties?) */
void SessionObject::subscribe(const Napi::CallbackInfo& info) {
  with_subscription(info, [this](const session::Operation& operation) { session_->submit(operation); });
}

/** renew(token, filters, options, properties?): subscribes before everything else */
void SessionObject::renew(const Napi::CallbackInfo& info) {
  with_subscription(info, [this](const session::Operation& operation) { session_->renew(operation); });
}

/** proceed(): sends everything else after the renewals */
void SessionObject::proceed(const Napi::CallbackInfo& /*info*/) {
  session_->proceed();
}

/** drop(): forgets all calls */
void SessionObject::drop(const Napi::CallbackInfo& /*info*/) {
  session_->drop();
}

/** expire(token) → true if the call was queued and no part of it had been sent: it is forgotten then */
Napi::Value SessionObject::expire(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), session_->expire(to_uint32(info[0])));
}

/** refuse(token): forgets a call, even if it has been sent */
void SessionObject::refuse(const Napi::CallbackInfo& info) {
  session_->refuse(to_uint32(info[0]));
}

/** unsubscribe(token, filters, properties?) */
void SessionObject::unsubscribe(const Napi::CallbackInfo& info) {
  const std::string filters = to_mqtt_strings(info[1]);
  const BytesArgument properties(info.Env(), info[2]);
  session_->submit({.kind = session::Operation::Kind::unsubscribe,
                    .token = to_uint32(info[0]),
                    .topics = filters,
                    .properties = properties.view()});
}

/** flush(): sends all publishes and requests since the last flush */
void SessionObject::flush(const Napi::CallbackInfo& /*info*/) {
  session_->flush();
  environment_->flushed();
}

/** cancel(token) → true if no part of it has been or will be sent */
Napi::Value SessionObject::cancel(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), session_->cancel(to_uint32(info[0])));
}

/** deferAcknowledgements(reportsReleases?): JavaScript acknowledges messages, and PUBREL, from now on */
void SessionObject::defer_acknowledgements(const Napi::CallbackInfo& info) {
  session_->defer_acknowledgements();
  session_->report_releases(info[0].ToBoolean());
}

/** acknowledge(connection, packets): sends PUBACK and PUBREC packets on the connection with this number */
void SessionObject::acknowledge(const Napi::CallbackInfo& info) {
  const BytesArgument packets(info.Env(), info[1]);
  session_->acknowledge(static_cast<uint16_t>(to_uint32(info[0])), packets.view());
}

void SessionObject::disconnect(const Napi::CallbackInfo& info) {
  session_->disconnect(BytesArgument(info.Env(), info[0]).copy());
}

void SessionObject::authenticate(const Napi::CallbackInfo& info) {
  session_->authenticate(BytesArgument(info.Env(), info[0]).copy());
}

/** abort(code, text, reasonCode) */
void SessionObject::abort(const Napi::CallbackInfo& info) {
  session_->abort({to_string(info.Env(), info[0]), to_string(info.Env(), info[1])},
                  static_cast<uint8_t>(to_uint32(info[2])));
}

Napi::Value SessionObject::queued(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(session_->queued()));
}

Napi::Value SessionObject::queued_bytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(session_->queued_bytes()));
}

Napi::Value SessionObject::in_flight(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(session_->in_flight()));
}

/** traffic: [bytes received, bytes sent, messages sent] */
Napi::Value SessionObject::traffic(const Napi::CallbackInfo& info) {
  const mqtt::Traffic& traffic = session_->traffic();
  const Napi::Array numbers = Napi::Array::New(info.Env(), 3);
  uint32_t index = 0;
  for (const auto* counter : {&traffic.bytes_received, &traffic.bytes_sent, &traffic.messages_sent})
    numbers.Set(index++, static_cast<double>(counter->load(std::memory_order_relaxed)));
  return numbers;
}

/**
 * lastWritten: [token, answered, milliseconds]. The token of the first call on the last connection, or -1. 1
 * if the broker answered a call. The time between that call and the end of the connection.
 */
Napi::Value SessionObject::last_written(const Napi::CallbackInfo& info) {
  const session::ConnectionRecord record = session_->last_connection();
  const std::chrono::duration<double, std::milli> rest = record.end - record.first_sent;
  const Napi::Array numbers = Napi::Array::New(info.Env(), 3);
  numbers.Set(0U, record.first_token ? static_cast<double>(*record.first_token) : -1.0);
  numbers.Set(1U, record.acknowledged ? 1.0 : 0.0);
  numbers.Set(2U, record.first_token ? rest.count() : 0.0);
  return numbers;
}

}  // namespace mqtt_native::node
