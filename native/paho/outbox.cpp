#include "paho/outbox.hpp"

#include <cstring>

namespace mqtt_native::paho {

namespace {

/** A chunk that has this much is not appended to any more. */
constexpr size_t chunk_size = 64 * 1024;

/** How an operation lies in a chunk: this, then its sections. */
struct Record {
  Operation::Kind kind;
  uint8_t qos;
  bool retain;
  uint32_t token;
  uint32_t sizes[4];  // topics, options, payload, properties
};

void append_bytes(wire::Bytes& chunk, const void* data, size_t size) {
  const auto* begin = static_cast<const std::byte*>(data);
  chunk.insert(chunk.end(), begin, begin + size);
}

}  // namespace

void Outbox::append(const Operation& operation) {
  const bool new_chunk =
      chunks_.empty() || chunks_.back()->size() >= chunk_size || (chunks_.size() == 1 && reading_);
  if (new_chunk) chunks_.push_back(std::make_shared<Chunk>());
  Chunk& chunk = *chunks_.back();
  const auto size32 = [](size_t size) { return static_cast<uint32_t>(size); };
  const Record record{operation.kind,
                      operation.qos,
                      operation.retain,
                      operation.token,
                      {size32(operation.topics.size()), size32(operation.options.size()),
                       size32(operation.payload.size()), size32(operation.properties.size())}};
  const size_t needed = chunk.size() + sizeof record + operation.topics.size() + operation.options.size() +
                        operation.payload.size() + operation.properties.size();
  if (needed > chunk.capacity()) chunk.reserve(std::max(needed, std::min(chunk.capacity() * 2, chunk_size)));
  append_bytes(chunk, &record, sizeof record);
  append_bytes(chunk, operation.topics.data(), operation.topics.size());
  append_bytes(chunk, operation.options.data(), operation.options.size());
  append_bytes(chunk, operation.payload.data(), operation.payload.size());
  append_bytes(chunk, operation.properties.data(), operation.properties.size());
  size_++;
}

const Operation* Outbox::front() {
  while (has_next_ || read_next()) {
    if (withdrawn_.empty() || withdrawn_.erase(next_.token) == 0) return &next_;
    has_next_ = false;
    size_--;
  }
  return nullptr;
}

bool Outbox::read_next() {
  if (!chunks_.empty() && position_ == chunks_.front()->size()) {
    chunks_.pop_front();
    position_ = 0;
    reading_ = false;
  }
  if (chunks_.empty()) return false;
  reading_ = true;
  const std::byte* at = chunks_.front()->data() + position_;
  Record record{};
  std::memcpy(&record, at, sizeof record);
  at += sizeof record;
  const auto section = [&at](size_t size) {
    const wire::BytesView bytes{at, size};
    at += size;
    return bytes;
  };
  next_ = {.kind = record.kind, .qos = record.qos, .retain = record.retain, .token = record.token};
  const wire::BytesView topics = section(record.sizes[0]);
  next_.topics = {reinterpret_cast<const char*>(topics.data()), topics.size()};
  next_.options = section(record.sizes[1]);
  next_.payload = section(record.sizes[2]);
  next_.properties = section(record.sizes[3]);
  position_ = static_cast<size_t>(at - chunks_.front()->data());
  has_next_ = true;
  return true;
}

void Outbox::pop() {
  has_next_ = false;
  size_--;
}

void Outbox::take(Batch& batch) {
  if (front() == nullptr) return;
  if (batch.memory.empty() || batch.memory.back() != chunks_.front()) batch.memory.push_back(chunks_.front());
  batch.operations.push_back(next_);
  pop();
}

bool Outbox::withdraw(uint32_t token) {
  const Operation* oldest = front();
  const bool taken = oldest == nullptr || static_cast<int32_t>(token - oldest->token) < 0;
  if (!taken) withdrawn_.insert(token);
  return !taken;
}

void Outbox::clear() {
  chunks_.clear();
  withdrawn_.clear();
  position_ = size_ = 0;
  reading_ = has_next_ = false;
}

}  // namespace mqtt_native::paho
