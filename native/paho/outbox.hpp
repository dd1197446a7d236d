#pragma once

#include <deque>
#include <memory>
#include <unordered_set>
#include <vector>

#include "net/block.hpp"
#include "paho/operation.hpp"

namespace mqtt_native::paho {

/**
 * Operations that wait to be sent, packed one behind the other: appending one allocates nothing of its own,
 * and taking many costs one lock. Guarded by its owner's lock, but for the operations of a batch, which stay
 * good without it.
 */
class Outbox {
 public:
  /** Operations that have been taken, and the memory they lie in. */
  struct Batch {
    std::vector<Operation> operations;
    std::vector<net::SharedBytes> memory;
  };

  void append(const Operation& operation);

  /** The oldest operation; null when there is none. */
  const Operation* front();
  /** The memory that `front` lies in. */
  [[nodiscard]] const net::SharedBytes& memory() const { return chunks_.front().memory; }
  /** Removes the oldest operation, which is `front`. */
  void pop();
  /** Moves the oldest operation to the batch. */
  void take(Batch& batch);

  /** Takes an operation back; false when it is not here any more, or never was. Tokens ascend. */
  bool withdraw(uint32_t token);

  [[nodiscard]] bool empty() { return front() == nullptr; }
  [[nodiscard]] size_t size() const { return size_ - withdrawn_.size(); }
  void clear();

 private:
  /** Operations one behind the other. What has been written stays where it is. */
  struct Chunk {
    net::SharedBytes memory;
    size_t capacity;
    size_t begin = 0;  // of what has not been read
    size_t end = 0;
  };

  Chunk& chunk_for(size_t size);
  bool read_next();
  void compact();

  std::deque<Chunk> chunks_;  // the first is read from, the last is appended to
  size_t size_ = 0;
  std::unordered_set<uint32_t> withdrawn_;
  Operation next_;
  bool has_next_ = false;
};

}  // namespace mqtt_native::paho
