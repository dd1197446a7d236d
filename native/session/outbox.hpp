#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "base/block.hpp"
#include "session/operation.hpp"

namespace mqtt_native::session {

enum class CancelResult : uint8_t {
  not_queued,
  unsent,       // no part of it was or will be sent
  sent_before,  // its packet was sent on an earlier connection, but will not be sent again
};

/**
 * Queued operations in the order of their tokens, packed one behind the other: appending one allocates
 * nothing of its own. Guarded by the owner's lock, except that the operations of a batch stay valid without
 * it.
 */
class Outbox {
 public:
  /** Operations taken from the queue, with the memory that they refer to. */
  struct Batch {
    std::vector<Operation> operations;
    std::vector<base::SharedBytes> memory;
  };

  void append(const Operation& operation);
  /** Queues operations of an earlier connection before all younger ones. Their tokens ascend. */
  void insert(const std::vector<Operation>& returned);

  /** The oldest operation; null when there is none. */
  const Operation* front();
  /** The memory that `front` refers to. */
  [[nodiscard]] const base::SharedBytes& memory() const { return chunks_.front().memory; }
  void pop();
  void take(Batch& batch);

  /** Removes an operation. With `only_unsent` one that was sent before stays. */
  CancelResult cancel(uint32_t token, bool only_unsent = false);

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] size_t publish_bytes() const { return publish_bytes_; }
  void clear();

 private:
  /** Operations one behind the other. They are never moved. */
  struct Chunk {
    base::SharedBytes memory;
    size_t capacity;
    uint32_t first_token;  // of the first operation, which may have been taken
    size_t begin = 0;      // of the operations that have not been taken
    size_t end = 0;
    size_t last_found = 0;  // the operation that was cancelled last; the next search begins there
  };
  struct Record;

  static Record record_at(const Chunk& chunk, size_t offset);
  Chunk& chunk_for(size_t size, uint32_t token);
  bool read_next();
  void unread_next();
  Chunk* find_chunk(uint32_t token);
  void count(const Operation& operation);
  void discount(const Operation& operation);
  void compact();

  std::deque<Chunk> chunks_;  // the first is read from, the last is appended to
  size_t size_ = 0;
  size_t publish_bytes_ = 0;
  size_t cancelled_ = 0;  // cancelled operations that still occupy memory
  Operation next_;
  bool has_next_ = false;
};

}  // namespace mqtt_native::session
