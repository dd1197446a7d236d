#include "session/outbox.hpp"

#include <cstring>
#include <iterator>
#include <utility>

namespace mqtt_native::session {

namespace {

/** Bytes of the first chunk, unless an operation needs more: most sessions queue little. */
constexpr size_t min_capacity = 16 * 1024;

constexpr uint8_t sent_mark = 1;
constexpr uint8_t cancelled_mark = 2;
constexpr uint8_t duplicate_mark = 4;

uint8_t read_marks(const Operation& operation) {
  const int marks = (operation.was_sent ? sent_mark : 0) | (operation.duplicate ? duplicate_mark : 0);
  return static_cast<uint8_t>(marks);
}

}  // namespace

/** The header of an operation in a chunk. Its sections follow. */
struct Outbox::Record {
  Operation::Kind kind;
  uint8_t qos;
  bool retain;
  uint8_t marks;
  uint32_t token;
  uint32_t sizes[4];  // topics, options, payload, properties
  base::TimePoint queued_at;

  [[nodiscard]] bool is_cancelled() const { return (marks & cancelled_mark) != 0; }
  [[nodiscard]] size_t stored_size() const {
    return sizeof(Record) + sizes[0] + sizes[1] + sizes[2] + sizes[3];
  }
  [[nodiscard]] Operation operation(const std::byte* at) const {
    const auto section = [&at](size_t size) {
      const mqtt::BytesView bytes{at, size};
      at += size;
      return bytes;
    };
    const mqtt::BytesView topics = section(sizes[0]);
    Operation operation{.kind = kind, .qos = qos, .retain = retain, .token = token, .queued_at = queued_at};
    operation.was_sent = (marks & sent_mark) != 0;
    operation.duplicate = (marks & duplicate_mark) != 0;
    operation.topics = {reinterpret_cast<const char*>(topics.data()), topics.size()};
    operation.options = section(sizes[1]);
    operation.payload = section(sizes[2]);
    operation.properties = section(sizes[3]);
    return operation;
  }

  static Record of(const Operation& operation) {
    const auto size32 = [](size_t size) { return static_cast<uint32_t>(size); };
    return {.kind = operation.kind,
            .qos = operation.qos,
            .retain = operation.retain,
            .marks = read_marks(operation),
            .token = operation.token,
            .sizes = {size32(operation.topics.size()), size32(operation.options.size()),
                      size32(operation.payload.size()), size32(operation.properties.size())},
            .queued_at = operation.queued_at};
  }
};

Outbox::Record Outbox::record_at(const Chunk& chunk, size_t offset) {
  Record record{};
  std::memcpy(&record, chunk.memory.get() + offset, sizeof record);
  return record;
}

// ---- appending ----

Outbox::Chunk& Outbox::chunk_for(size_t size, uint32_t token) {
  if (!chunks_.empty() && chunks_.back().capacity - chunks_.back().end >= size) return chunks_.back();
  const bool is_first = chunks_.empty() && size <= min_capacity;
  if (!is_first && size <= base::block_size) {
    chunks_.push_back({base::acquire_block(), base::block_size, token});
  } else {
    const size_t capacity = std::max(size, min_capacity);
    chunks_.push_back({std::make_shared_for_overwrite<std::byte[]>(capacity), capacity, token});
  }
  return chunks_.back();
}

void Outbox::append(const Operation& operation) {
  const Record record = Record::of(operation);
  Chunk& chunk = chunk_for(record.stored_size(), operation.token);
  std::byte* at = chunk.memory.get() + chunk.end;
  const auto put = [&at](const void* data, size_t size) {
    if (size > 0) std::memcpy(at, data, size);
    at += size;
  };
  put(&record, sizeof record);
  put(operation.topics.data(), operation.topics.size());
  put(operation.options.data(), operation.options.size());
  put(operation.payload.data(), operation.payload.size());
  put(operation.properties.data(), operation.properties.size());
  chunk.end += record.stored_size();
  count(operation);
}

void Outbox::insert(const std::vector<Operation>& returned) {
  if (returned.empty()) return;
  Outbox merged;
  for (const Operation& operation : returned) {
    for (const Operation* next = front(); next != nullptr && precedes(next->token, operation.token);
         next = front()) {
      merged.append(*next);
      pop();
    }
    merged.append(operation);
  }
  unread_next();
  chunks_.insert(chunks_.begin(), merged.chunks_.begin(), merged.chunks_.end());
  size_ += merged.size_;
  publish_bytes_ += merged.publish_bytes_;
}

void Outbox::count(const Operation& operation) {
  size_++;
  if (!operation.is_request()) publish_bytes_ += operation.byte_count();
}

/** Removes an operation from the counts, and all memory after the last operation. */
void Outbox::discount(const Operation& operation) {
  if (!operation.is_request()) publish_bytes_ -= operation.byte_count();
  if (--size_ == 0) clear();
}

// ---- taking ----

const Operation* Outbox::front() {
  while (!has_next_ && size_ > 0) has_next_ = read_next();
  return has_next_ ? &next_ : nullptr;
}

bool Outbox::read_next() {
  if (chunks_.front().begin == chunks_.front().end) chunks_.pop_front();
  Chunk& chunk = chunks_.front();
  const Record record = record_at(chunk, chunk.begin);
  next_ = record.operation(chunk.memory.get() + chunk.begin + sizeof record);
  chunk.begin += record.stored_size();
  if (record.is_cancelled()) cancelled_--;
  return !record.is_cancelled();
}

/** Returns the next operation to its chunk, so that others can precede it. */
void Outbox::unread_next() {
  if (!std::exchange(has_next_, false)) return;
  chunks_.front().begin -= Record::of(next_).stored_size();
}

void Outbox::pop() {
  has_next_ = false;
  discount(next_);
}

void Outbox::take(Batch& batch) {
  if (front() == nullptr) return;
  const base::SharedBytes& memory = chunks_.front().memory;
  if (batch.memory.empty() || batch.memory.back() != memory) batch.memory.push_back(memory);
  batch.operations.push_back(next_);
  pop();
}

// ---- cancelling ----

CancelResult Outbox::cancel(uint32_t token, bool only_unsent) {
  unread_next();
  Chunk* const chunk = find_chunk(token);
  if (chunk == nullptr) return CancelResult::not_queued;
  size_t at = chunk->begin;
  // Runs of tokens are cancelled together.
  if (chunk->last_found > at && !precedes(token, record_at(*chunk, chunk->last_found).token))
    at = chunk->last_found;
  Record record{};
  for (; at < chunk->end; at += record.stored_size()) {
    record = record_at(*chunk, at);
    if (!precedes(record.token, token)) break;
  }
  if (at >= chunk->end || record.token != token || record.is_cancelled()) return CancelResult::not_queued;
  const bool was_sent = (record.marks & sent_mark) != 0;
  if (was_sent && only_unsent) return CancelResult::sent_before;
  record.marks |= cancelled_mark;
  std::memcpy(chunk->memory.get() + at, &record, sizeof record);
  chunk->last_found = at;
  cancelled_++;
  discount(record.operation(chunk->memory.get() + at + sizeof record));
  if (cancelled_ > size_) compact();
  return was_sent ? CancelResult::sent_before : CancelResult::unsent;
}

/** Returns the only chunk that can contain the operation. */
Outbox::Chunk* Outbox::find_chunk(uint32_t token) {
  const auto later = std::partition_point(chunks_.begin(), chunks_.end(), [token](const Chunk& chunk) {
    return !precedes(token, chunk.first_token);
  });
  return later == chunks_.begin() ? nullptr : &*std::prev(later);
}

/** Frees the memory of cancelled operations. The chunk of a single large operation stays as it is. */
void Outbox::compact() {
  Outbox compacted;
  while (const Operation* operation = front()) {
    const Chunk& chunk = chunks_.front();
    if (chunk.capacity > base::block_size) {
      compacted.chunks_.push_back({chunk.memory, chunk.capacity, operation->token, 0, chunk.end});
      compacted.count(*operation);
    } else {
      compacted.append(*operation);
    }
    pop();
  }
  *this = std::move(compacted);
}

void Outbox::clear() {
  chunks_.clear();
  size_ = publish_bytes_ = cancelled_ = 0;
  has_next_ = false;
}

}  // namespace mqtt_native::session
