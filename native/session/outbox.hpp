#pragma once

#include <deque>
#include <memory>
#include <unordered_set>
#include <vector>

#include "base/block.hpp"
#include "session/operation.hpp"

namespace mqtt_native::session {

/**
 * Queued operations, packed one behind the other: appending one allocates nothing of its own. Guarded by the
 * owner's lock, except that the operations of a batch stay valid without it.
 */
class Outbox {
 public:
  /** Operations taken from the queue, with the memory that they refer to. */
  struct Batch {
    std::vector<Operation> operations;
    std::vector<base::SharedBytes> memory;
  };

  void append(const Operation& operation);

  /** The oldest operation; null when there is none. */
  const Operation* front();
  /** The memory that `front` refers to. */
  [[nodiscard]] const base::SharedBytes& memory() const { return chunks_.front().memory; }
  /** Removes the oldest operation, which is `front`. */
  void pop();
  /** Moves the oldest operation to the batch. */
  void take(Batch& batch);

  /** Removes an operation; false if it is not queued. Tokens ascend. */
  bool cancel(uint32_t token);

  [[nodiscard]] bool empty() { return front() == nullptr; }
  [[nodiscard]] size_t size() const { return size_ - cancelled_.size(); }
  void clear();

 private:
  /** Operations one behind the other. They are never moved. */
  struct Chunk {
    base::SharedBytes memory;
    size_t capacity;
    size_t begin = 0;  // of the operations that have not been taken
    size_t end = 0;
  };

  Chunk& chunk_for(size_t size);
  bool read_next();
  void compact();

  std::deque<Chunk> chunks_;  // the first is read from, the last is appended to
  size_t size_ = 0;
  std::unordered_set<uint32_t> cancelled_;
  Operation next_;
  bool has_next_ = false;
};

}  // namespace mqtt_native::session
