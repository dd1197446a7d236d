#include "node/event_queue.hpp"

namespace mqtt_native::node {

namespace {

constexpr uint8_t retain_flag = 1 << 2;
constexpr uint8_t duplicate_flag = 1 << 3;
constexpr uint8_t cached_topic_flag = 1 << 4;  // no topic bytes: the topic is in the cache
constexpr uint8_t cache_topic_flag = 1 << 5;   // the topic must be added to the cache
// its place precedes the sections, and its bytes are held memory
constexpr uint8_t held_payload_flag = 1 << 6;
constexpr uint8_t deferred_flag = 1 << 7;    // JavaScript acknowledges the message
constexpr uint8_t deliberate_flag = 1 << 0;  // closed: by the client's disconnect

mqtt::BytesView view(std::string_view text) {
  return std::as_bytes(std::span(text));
}
/** Returns the failure code of a record; 0: none. See docs/event-format.md. */
uint16_t failure_code(const session::Completion& completion) {
  using session::Outcome;
  const bool was_sent = completion.was_sent;
  switch (completion.outcome) {
    case Outcome::answered:
      return static_cast<uint16_t>(-completion.refusal);
    case Outcome::session_lost:
      return 0xFF00;
    case Outcome::expired:
      return was_sent ? 0xFF02 : 0xFF01;
    case Outcome::refused:
      return static_cast<uint16_t>((was_sent ? 0xFD00 : 0xFE00) | completion.reason_code);
  }
  return 0;
}
uint32_t size32(size_t size) {
  return static_cast<uint32_t>(size);
}

}  // namespace

/**
 * Locks the queue. A requested wake-up is sent after unlocking, because the woken thread takes the same lock.
 */
class EventQueue::Access {
 public:
  explicit Access(EventQueue& event_queue) : event_queue_(event_queue), lock_(event_queue.mutex_) {}
  ~Access() {
    lock_.unlock();
    if (wakes_) event_queue_.notice_.wake();
  }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  void wake() {
    event_queue_.unnotified_ = 0;
    wakes_ |= !std::exchange(event_queue_.woken_, true);
  }

 private:
  EventQueue& event_queue_;
  std::unique_lock<std::mutex> lock_;
  bool wakes_ = false;
};

EventBatch& EventQueue::open_batch() {
  const bool full = !batches_.empty() &&
                    (batches_.back().weight() >= portion_bytes || batches_.back().events() >= portion_events);
  if (batches_.empty() || full) batches_.emplace_back(last_size_);
  return batches_.back();
}

void EventQueue::appended(size_t weight_before) {
  weight_ += batches_.back().weight() - weight_before;
  if (weight_ > high_water) paused_->store(true, std::memory_order_relaxed);
}

void EventQueue::notify() {
  Access access(*this);
  if (unnotified_ > 0) access.wake();
}

void EventQueue::message(uint32_t client, const session::Message& message) {
  Access access(*this);
  if (closed_) return;
  EventBatch& batch = open_batch();
  const size_t before = batch.weight();
  const TopicCache::Lookup topic = topics_.look_up(message.topic);
  const bool hit = topic.use == TopicCache::Use::hit;
  const bool held = message.memory && message.payload.size() >= min_held_size;
  EventBatch::Header header{
      .kind = EventBatch::Kind::message, .flags = message.qos, .entry = topic.entry, .client = client};
  if (message.retain) header.flags |= retain_flag;
  if (message.duplicate) header.flags |= duplicate_flag;
  if (hit) header.flags |= cached_topic_flag;
  if (topic.use == TopicCache::Use::replace) header.flags |= cache_topic_flag;
  header.number = message.identifier;
  if (message.deferred) {
    header.flags |= deferred_flag;
    header.number |= (message.repeated ? 1U << 16 : 0U) | static_cast<uint32_t>(message.connection) << 17;
  }
  header.sizes = {hit ? 0 : size32(message.topic.size()), size32(message.properties.size()),
                  size32(message.payload.size())};
  const mqtt::BytesView topic_bytes = hit ? mqtt::BytesView{} : view(message.topic);
  if (held) {
    header.flags |= held_payload_flag;
    const EventBatch::Place place = batch.hold(message.memory, message.payload);
    batch.append(header, std::array{std::as_bytes(std::span(&place, 1)), topic_bytes, message.properties});
  } else {
    batch.append(header, std::array{topic_bytes, message.properties, message.payload});
  }
  appended(before);
  if (++unnotified_ >= message_threshold || weight_ >= byte_threshold) access.wake();
}

void EventQueue::completed(uint32_t client, const session::Completion& completion) {
  Access access(*this);
  if (closed_) return;
  EventBatch& batch = open_batch();
  const size_t before = batch.weight();
  const uint16_t failure = failure_code(completion);
  const bool bare = completion.answer.empty() && completion.identifier == 0 && failure == 0;
  if (!bare || !batch.extend_completion(client, completion.token, completion.count)) {
    EventBatch::Header header{
        .kind = EventBatch::Kind::completed, .client = client, .number = completion.token};
    header.entry = failure;
    header.sizes = {completion.count, size32(completion.answer.size()), completion.identifier};
    batch.append(header, std::array{completion.answer});
  }
  appended(before);
  if (++unnotified_ >= completion_threshold) access.wake();
}

void EventQueue::packet(uint32_t client, EventBatch::Kind kind, mqtt::BytesView packet) {
  Access access(*this);
  if (closed_) return;
  EventBatch& batch = open_batch();
  const size_t before = batch.weight();
  batch.append({.kind = kind, .client = client, .sizes = {0, 0, size32(packet.size())}}, std::array{packet});
  appended(before);
  access.wake();
}

void EventQueue::deviation(uint32_t client, mqtt::Deviation deviation) {
  packet(client, EventBatch::Kind::deviation, view(mqtt::describe(deviation)));
}

void EventQueue::released(uint32_t client, uint16_t identifier, uint16_t connection) {
  Access access(*this);
  if (closed_) return;
  EventBatch& batch = open_batch();
  const size_t before = batch.weight();
  batch.append(
      {.kind = EventBatch::Kind::released, .entry = identifier, .client = client, .number = connection}, {});
  appended(before);
  if (++unnotified_ >= message_threshold) access.wake();
}

void EventQueue::ended(uint32_t client, EventBatch::Kind kind, const mqtt::CloseReason* reason) {
  Access access(*this);
  if (closed_) return;
  EventBatch& batch = open_batch();
  const size_t before = batch.weight();
  if (reason == nullptr) {
    batch.append({.kind = kind, .flags = deliberate_flag, .client = client}, {});
  } else {
    const auto& [failure, reason_code, packet] = *reason;
    batch.append({.kind = kind,
                  .client = client,
                  .number = reason_code,
                  .sizes = {size32(failure.code.size()), size32(failure.text.size()), size32(packet.size())}},
                 std::array{view(failure.code), view(failure.text), mqtt::BytesView(packet)});
  }
  appended(before);
  access.wake();
}

void EventQueue::trace(std::string_view line) {
  Access access(*this);
  if (closed_) return;
  if (weight_ > trace_limit) {
    dropped_lines_++;
    return;
  }
  EventBatch& batch = open_batch();
  const size_t before = batch.weight();
  batch.append({.kind = EventBatch::Kind::trace,
                .number = std::exchange(dropped_lines_, 0),
                .sizes = {size32(line.size()), 0, 0}},
               std::array{view(line)});
  appended(before);
  access.wake();
}

std::optional<EventBatch> EventQueue::take() {
  bool resume = false;
  std::optional<EventBatch> batch;
  {
    const std::lock_guard lock(mutex_);
    if (batches_.empty()) return std::nullopt;
    batch = std::move(batches_.front());
    batches_.pop_front();
    if (batches_.empty()) unnotified_ = 0;
    quiet_.store(batches_.empty(), std::memory_order_relaxed);
    weight_ -= batch->weight();
    last_size_ = std::clamp(batch->bytes().size(), min_batch_size, portion_bytes);
    if (weight_ < low_water) resume = paused_->exchange(false, std::memory_order_relaxed);
  }
  if (resume) notice_.resume();
  return batch;
}

bool EventQueue::rearm() {
  const std::lock_guard lock(mutex_);
  if (batches_.empty()) woken_ = false;
  return batches_.empty();
}

void EventQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  batches_.clear();
  weight_ = 0;
  unnotified_ = 0;  // a thread that is about to notify must not wake the loop any more
  paused_->store(false, std::memory_order_relaxed);
}

}  // namespace mqtt_native::node
