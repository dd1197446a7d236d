#include "session/outbox.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mqtt_native::session {

namespace {

/** Bytes of the first chunk, unless an operation needs more: most sessions queue little. */
constexpr size_t min_capacity = 16 * 1024;

/** The header of an operation in a chunk. Its sections follow. */
struct Record {
  Operation::Kind kind;
  uint8_t qos;
  bool retain;
  uint32_t token;
  uint32_t sizes[4];  // topics, options, payload, properties
};

size_t stored_size(const Operation& operation) {
  return sizeof(Record) + operation.topics.size() + operation.options.size() + operation.payload.size() +
         operation.properties.size();
}

}  // namespace

Outbox::Chunk& Outbox::chunk_for(size_t size) {
  if (!chunks_.empty() && chunks_.back().capacity - chunks_.back().end >= size) return chunks_.back();
  const bool is_first = chunks_.empty() && size <= min_capacity;
  if (!is_first && size <= base::block_size) {
    chunks_.push_back({base::acquire_block(), base::block_size});
  } else {
    const size_t capacity = std::max(size, min_capacity);
    chunks_.push_back({std::make_shared_for_overwrite<std::byte[]>(capacity), capacity});
  }
  return chunks_.back();
}

void Outbox::append(const Operation& operation) {
  Chunk& chunk = chunk_for(stored_size(operation));
  std::byte* at = chunk.memory.get() + chunk.end;
  const auto put = [&at](const void* data, size_t size) {
    if (size > 0) std::memcpy(at, data, size);
    at += size;
  };
  const auto size32 = [](size_t size) { return static_cast<uint32_t>(size); };
  const Record record{operation.kind,
                      operation.qos,
                      operation.retain,
                      operation.token,
                      {size32(operation.topics.size()), size32(operation.options.size()),
                       size32(operation.payload.size()), size32(operation.properties.size())}};
  put(&record, sizeof record);
  put(operation.topics.data(), operation.topics.size());
  put(operation.options.data(), operation.options.size());
  put(operation.payload.data(), operation.payload.size());
  put(operation.properties.data(), operation.properties.size());
  chunk.end = static_cast<size_t>(at - chunk.memory.get());
  size_++;
}

const Operation* Outbox::front() {
  while (has_next_ || read_next()) {
    if (cancelled_.empty() || cancelled_.erase(next_.token) == 0) return &next_;
    has_next_ = false;
    size_--;
  }
  return nullptr;
}

bool Outbox::read_next() {
  if (!chunks_.empty() && chunks_.front().begin == chunks_.front().end) chunks_.pop_front();
  if (chunks_.empty()) return false;
  Chunk& chunk = chunks_.front();
  const std::byte* at = chunk.memory.get() + chunk.begin;
  Record record{};
  std::memcpy(&record, at, sizeof record);
  at += sizeof record;
  const auto section = [&at](size_t size) {
    const mqtt::BytesView bytes{at, size};
    at += size;
    return bytes;
  };
  next_ = {.kind = record.kind, .qos = record.qos, .retain = record.retain, .token = record.token};
  const mqtt::BytesView topics = section(record.sizes[0]);
  next_.topics = {reinterpret_cast<const char*>(topics.data()), topics.size()};
  next_.options = section(record.sizes[1]);
  next_.payload = section(record.sizes[2]);
  next_.properties = section(record.sizes[3]);
  chunk.begin = static_cast<size_t>(at - chunk.memory.get());
  has_next_ = true;
  return true;
}

void Outbox::pop() {
  has_next_ = false;
  size_--;
}

void Outbox::take(Batch& batch) {
  if (front() == nullptr) return;
  const base::SharedBytes& memory = chunks_.front().memory;
  if (batch.memory.empty() || batch.memory.back() != memory) batch.memory.push_back(memory);
  batch.operations.push_back(next_);
  pop();
}

bool Outbox::cancel(uint32_t token) {
  const Operation* oldest = front();
  const bool taken = oldest == nullptr || static_cast<int32_t>(token - oldest->token) < 0;
  if (taken) return false;
  cancelled_.insert(token);
  if (cancelled_.size() > size()) compact();
  return true;
}

/**
 * Frees the memory of cancelled operations, so that they never take more than queued ones. A large operation
 * has a chunk for itself, which is kept as it is.
 */
void Outbox::compact() {
  Outbox compacted;
  while (const Operation* operation = front()) {
    const Chunk& chunk = chunks_.front();
    if (chunk.capacity > base::block_size) {
      compacted.chunks_.push_back({chunk.memory, chunk.capacity, 0, chunk.end});
      compacted.size_++;
    } else {
      compacted.append(*operation);
    }
    pop();
  }
  *this = std::move(compacted);
}

void Outbox::clear() {
  chunks_.clear();
  cancelled_.clear();
  size_ = 0;
  has_next_ = false;
}

}  // namespace mqtt_native::session
