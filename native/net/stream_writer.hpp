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
 * The writing side of a stream that several threads write to. What they have to say is gathered under a lock;
 * one of them at a time hands it over to the stream, without that lock, while the others go on. All calls
 * need the lock that `lock` gives, but for those that say otherwise.
 */
class StreamWriter {
 public:
  using Lock = std::unique_lock<std::mutex>;

  /**
   * `on_written` is told, with the lock held, how many bytes the stream has taken, 0 too; what waits is less
   * by them then, and nothing once writing has failed.
   */
  StreamWriter(Stream& stream, std::function<void(size_t)> on_written)
      : stream_(stream), on_written_(std::move(on_written)) {}

  [[nodiscard]] Lock lock() { return Lock(mutex_); }  // without the lock

  /** Leaves with the next `flush`. */
  void append(std::span<const std::byte> bytes);
  void append(std::span<const iovec> parts);
  /** Gathers bytes without copying them: they stay where they are for as long as their memory is held. */
  void append_held(const base::SharedBytes& memory, std::span<const std::byte> bytes);
  /** Gathers the last bytes that leave: whatever is gathered or written after them is dropped. */
  void append_last(std::span<const std::byte> bytes);
  /** Whether what is gathered now can leave: not behind the last bytes, nor once writing has failed. */
  [[nodiscard]] bool accepts_more() const { return !has_last_ && !failed_; }
  /** Writes what the stream takes of it at once, from where it lies, and gathers the rest. Nothing may be
   * before it. */
  void write(Lock& lock, std::span<const iovec> parts);
  /** Nobody writes, nothing waits, and the stream takes more. */
  [[nodiscard]] bool is_clear() const { return !writing_ && waiting_.empty() && can_write(); }

  /** So much is handed over in one go: others may add to it as fast as it leaves, and the thread has more to
   * do. */
  static constexpr size_t portion = 1024 * 1024;

  /** Hands over what has been gathered, or as much as the stream takes, or the portion. */
  void flush(Lock& lock, size_t at_most = portion);
  /** Nobody hands over, though more could be. */
  [[nodiscard]] bool has_more() const { return !writing_ && can_write() && !waiting_.empty(); }
  [[nodiscard]] bool can_write() const { return writable_ && !closed_ && !failed_; }
  /** The stream takes bytes again. */
  void on_writable(Lock& lock);
  /** Once all has been handed over, tells the peer that no more will come. Whether it has. */
  bool finish();
  /** The stream is about to go: it will not be used any more when this returns. */
  void close(Lock& lock);

  /** What waits, waits for something that is yet to be read. */
  [[nodiscard]] bool awaits_read() const { return awaits_read_; }

  /** Bytes that wait for the stream. */
  [[nodiscard]] size_t size() const { return waiting_.size(); }
  [[nodiscard]] size_t backlog() const {
    return backlog_.load(std::memory_order_relaxed);
  }  // without the lock

  /** Whether writing has failed, which is for good. */
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
  bool writing_ = false;  // a thread hands over
  bool writable_ = true;
  bool became_writable_ = false;  // since the thread that hands over let go of the lock
  bool awaits_read_ = false;
  bool stream_has_words_ = false;  // the stream itself may have something to say
  bool has_last_ = false;
  bool finished_ = false;
  bool closed_ = false;
  base::Failure failure_;
  std::atomic<bool> failed_ = false;
  std::atomic<size_t> backlog_ = 0;
};

}  // namespace mqtt_native::net
