#include "node/inbox.hpp"

#include <algorithm>
#include <utility>

namespace mqtt_native::node {

namespace {

constexpr uint8_t retain_flag = 1 << 2;
constexpr uint8_t duplicate_flag = 1 << 3;
constexpr uint8_t cached_topic_flag = 1 << 4;  // no topic bytes: the cache has it
constexpr uint8_t cache_topic_flag = 1 << 5;   // the topic's bytes are to be kept in the cache
constexpr uint8_t held_payload_flag = 1 << 6;  // its place comes first, and it lies beside the slab
constexpr uint8_t deliberate_flag = 1 << 0;    // closed: by our own disconnect

wire::BytesView view(std::string_view text) {
  return std::as_bytes(std::span(text));
}
uint32_t size32(size_t size) {
  return static_cast<uint32_t>(size);
}

}  // namespace

/** Who holds it has the inbox. Rings, if that was asked for, after the end of that: who is woken needs it. */
class Inbox::Access {
 public:
  explicit Access(Inbox& inbox) : inbox_(inbox), lock_(inbox.mutex_) {}
  ~Access() {
    lock_.unlock();
    if (rings_) inbox_.notice_.ring();
  }
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  void ring() {
    inbox_.unannounced_ = 0;
    rings_ |= !std::exchange(inbox_.rung_, true);
  }

 private:
  Inbox& inbox_;
  std::unique_lock<std::mutex> lock_;
  bool rings_ = false;
};

Slab& Inbox::open_slab() {
  const bool full = !slabs_.empty() &&
                    (slabs_.back().weight() >= portion_bytes || slabs_.back().events() >= portion_events);
  if (slabs_.empty() || full) slabs_.emplace_back(last_size_);
  return slabs_.back();
}

void Inbox::appended(size_t weight_before) {
  weight_ += slabs_.back().weight() - weight_before;
  if (weight_ > high_water) congested_->store(true, std::memory_order_relaxed);
}

void Inbox::announce() {
  Access access(*this);
  if (unannounced_ > 0) access.ring();
}

void Inbox::message(uint32_t client, const session::Message& message) {
  Access access(*this);
  if (closed_) return;
  Slab& slab = open_slab();
  const size_t before = slab.weight();
  const TopicCache::Lookup topic = topics_.look_up(message.topic);
  const bool hit = topic.use == TopicCache::Use::hit;
  const bool held = message.memory && message.payload.size() >= least_held;
  Slab::Header header{
      .kind = Slab::Kind::message, .flags = message.qos, .entry = topic.entry, .client = client};
  if (message.retain) header.flags |= retain_flag;
  if (message.duplicate) header.flags |= duplicate_flag;
  if (hit) header.flags |= cached_topic_flag;
  if (topic.use == TopicCache::Use::replace) header.flags |= cache_topic_flag;
  header.number = message.identifier;
  header.sizes = {hit ? 0 : size32(message.topic.size()), size32(message.properties.size()),
                  size32(message.payload.size())};
  const wire::BytesView topic_bytes = hit ? wire::BytesView{} : view(message.topic);
  if (held) {
    header.flags |= held_payload_flag;
    const Slab::Place place = slab.hold(message.memory, message.payload);
    slab.append(header, std::array{std::as_bytes(std::span(&place, 1)), topic_bytes, message.properties});
  } else {
    slab.append(header, std::array{topic_bytes, message.properties, message.payload});
  }
  appended(before);
  if (++unannounced_ >= many_messages || weight_ >= many_bytes) access.ring();
}

void Inbox::completed(uint32_t client, const session::Completion& completion) {
  Access access(*this);
  if (closed_) return;
  Slab& slab = open_slab();
  const size_t before = slab.weight();
  const bool bare = completion.answer.empty() && completion.identifier == 0 && completion.refusal == 0;
  if (!bare || !slab.extend_completion(client, completion.token, completion.count)) {
    Slab::Header header{.kind = Slab::Kind::completed, .client = client, .number = completion.token};
    header.entry = static_cast<uint16_t>(-completion.refusal);
    header.sizes = {completion.count, size32(completion.answer.size()), completion.identifier};
    slab.append(header, std::array{completion.answer});
  }
  appended(before);
  if (++unannounced_ >= many_completions) access.ring();
}

void Inbox::packet(uint32_t client, Slab::Kind kind, wire::BytesView packet) {
  Access access(*this);
  if (closed_) return;
  Slab& slab = open_slab();
  const size_t before = slab.weight();
  slab.append({.kind = kind, .client = client, .sizes = {0, 0, size32(packet.size())}}, std::array{packet});
  appended(before);
  access.ring();
}

void Inbox::deviation(uint32_t client, wire::Deviation deviation) {
  packet(client, Slab::Kind::deviation, view(wire::text_of(deviation)));
}

void Inbox::ended(uint32_t client, Slab::Kind kind, const wire::Ending* ending) {
  Access access(*this);
  if (closed_) return;
  Slab& slab = open_slab();
  const size_t before = slab.weight();
  if (ending == nullptr) {
    slab.append({.kind = kind, .flags = deliberate_flag, .client = client}, {});
  } else {
    const auto& [failure, reason_code, packet] = *ending;
    slab.append({.kind = kind,
                 .client = client,
                 .number = reason_code,
                 .sizes = {size32(failure.code.size()), size32(failure.text.size()), size32(packet.size())}},
                std::array{view(failure.code), view(failure.text), wire::BytesView(packet)});
  }
  appended(before);
  access.ring();
}

void Inbox::trace(std::string_view line) {
  Access access(*this);
  if (closed_) return;
  if (weight_ > trace_limit) {
    dropped_lines_++;
    return;
  }
  Slab& slab = open_slab();
  const size_t before = slab.weight();
  slab.append({.kind = Slab::Kind::trace,
               .number = std::exchange(dropped_lines_, 0),
               .sizes = {size32(line.size()), 0, 0}},
              std::array{view(line)});
  appended(before);
  access.ring();
}

std::optional<Slab> Inbox::take() {
  bool resume = false;
  std::optional<Slab> slab;
  {
    const std::lock_guard lock(mutex_);
    if (slabs_.empty()) return std::nullopt;
    slab = std::move(slabs_.front());
    slabs_.pop_front();
    if (slabs_.empty()) unannounced_ = 0;
    quiet_.store(slabs_.empty(), std::memory_order_relaxed);
    weight_ -= slab->weight();
    last_size_ = std::clamp(slab->bytes().size(), smallest_slab, portion_bytes);
    if (weight_ < low_water) resume = congested_->exchange(false, std::memory_order_relaxed);
  }
  if (resume) notice_.resume();
  return slab;
}

bool Inbox::rearm() {
  const std::lock_guard lock(mutex_);
  if (slabs_.empty()) rung_ = false;
  return slabs_.empty();
}

void Inbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  slabs_.clear();
  weight_ = 0;
  unannounced_ = 0;  // who has appended and is about to announce must not ring any more
  congested_->store(false, std::memory_order_relaxed);
}

}  // namespace mqtt_native::node
