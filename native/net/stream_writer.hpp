#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>

#include "base/failure.hpp"
#include "net/stream.hpp"
#include "net/write_buffer.hpp"

namespace mqtt_native::net {

/**
 * The writing side of a stream for several threads. Threads append bytes under a lock. One thread at a time
 * writes them to the stream, without that lock, while the others continue. All calls need the lock that
 * `lock` returns, except where noted.
 */
class StreamWriter {
 public:
  using Lock = std::unique_lock<std::mutex>;

  /**
   * `on_written` is called under the lock with the number of bytes written, perhaps 0. The backlog has been
   * reduced by then. It is empty once writing has failed.
   */
  StreamWriter(Stream& stream, std::function<void(size_t)> on_written)
      : stream_(stream), on_written_(std::move(on_written)) {}

  [[nodiscard]] Lock lock() { return Lock(mutex_); }  // without the lock

  void append(std::span<const std::byte> bytes);
  void append(std::span<const iovec> parts);
  /** Appends bytes without copying them. Their memory is held until they are written. */
  void append_held(const base::SharedBytes& memory, std::span<const std::byte> bytes);
  /** Appends the last bytes of the stream: whatever is appended or written after them is dropped. */
  void append_last(std::span<const std::byte> bytes);
  /** Whether appended bytes can still be sent: neither after the last bytes nor once writing has failed. */
  [[nodiscard]] bool accepts_more() const { return !has_last_ && !failed_; }
  /** Writes what the stream accepts of the parts, and appends the rest. Nothing may be queued before. */
  void write(Lock& lock, std::span<const iovec> parts);
  /** Whether the queue is empty, no thread is writing, and the stream is writable. */
  [[nodiscard]] bool is_clear() const { return !writing_ && waiting_.empty() && can_write(); }

  /** Bytes that one `flush` writes at most, because other threads may append as fast as it writes. */
  static constexpr size_t portion = 1024 * 1024;

  /** Writes the queued bytes, as far as the stream accepts them, at most `at_most`. */
  void flush(Lock& lock, size_t at_most = portion);
  /** Whether a flush would write something: bytes are queued, and no thread is writing. */
  [[nodiscard]] bool has_more() const { return !writing_ && can_write() && !waiting_.empty(); }
  [[nodiscard]] bool can_write() const { return writable_ && !closed_ && !failed_; }
  void on_writable(Lock& lock);
  /** Shuts down the sending side once everything is written. Returns whether that is done. */
  bool finish();
  /** Closes the writer: the stream is not used once this returns. */
  void close(Lock& lock);

  /** Whether the queued bytes must wait for something that is still unread. */
  [[nodiscard]] bool awaits_read() const { return awaits_read_; }

  [[nodiscard]] uint64_t position() const { return appended_; }
  /** Stops writing, unless the last bytes are appended. Returns the end of what may be or become written. */
  uint64_t abandon();

  [[nodiscard]] size_t size() const { return waiting_.size(); }
  [[nodiscard]] size_t backlog() const {
    return backlog_.load(std::memory_order_relaxed);
  }  // without the lock

  [[nodiscard]] bool failed() const { return failed_; }                    // without the lock
  [[nodiscard]] const base::Failure& failure() const { return failure_; }  // once it has; without the lock

 private:
  Transfer write_unlocked(Lock& lock, std::span<const iovec> parts);
  void note(const Transfer& transfer);
  void note_size() { backlog_.store(waiting_.size(), std::memory_order_relaxed); }

  Stream& stream_;
  const std::function<void(size_t)> on_written_;
  std::mutex mutex_;
  std::condition_variable write_ended_;
  WriteBuffer waiting_;
  uint64_t appended_ = 0;  // bytes in total
  uint64_t written_ = 0;   // bytes in total
  uint64_t offered_ = 0;   // the end of the bytes that `write_unlocked` has at most
  bool writing_ = false;   // a thread is in `write_unlocked`
  bool writable_ = true;
  bool became_writable_ = false;  // since the writing thread released the lock
  bool awaits_read_ = false;
  bool stream_has_words_ = false;  // the stream may have pending bytes of its own
  bool has_last_ = false;
  bool finished_ = false;
  bool closed_ = false;
  base::Failure failure_;
  std::atomic<bool> failed_ = false;
  std::atomic<size_t> backlog_ = 0;
};

}  // namespace mqtt_native::net
