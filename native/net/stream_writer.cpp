#include "net/stream_writer.hpp"

#include "base/parts.hpp"

namespace mqtt_native::net {

using State = Transfer::State;

void StreamWriter::append(std::span<const std::byte> bytes) {
  if (has_last_) return;
  waiting_.append(bytes);
  appended_ += bytes.size();
  note_size();
}

void StreamWriter::append(std::span<const iovec> parts) {
  if (has_last_) return;
  appended_ += waiting_.append(parts);
  note_size();
}

void StreamWriter::append_held(const base::SharedBytes& memory, std::span<const std::byte> bytes) {
  if (has_last_) return;
  waiting_.append_held(memory, bytes);
  appended_ += bytes.size();
  note_size();
}

void StreamWriter::append_last(std::span<const std::byte> bytes) {
  append(bytes);
  has_last_ = true;
}

void StreamWriter::write(Lock& lock, std::span<const iovec> parts) {
  if (has_last_) return;
  appended_ += base::total_size(parts);
  const Transfer transfer = write_unlocked(lock, parts);
  WriteBuffer rest;
  rest.append(parts, transfer.bytes);
  waiting_.prepend(std::move(rest));  // before the bytes that other threads have appended meanwhile
  note(transfer);
  flush(lock);
}

void StreamWriter::flush(Lock& lock, size_t at_most) {
  if (can_write() && stream_.delays_ack()) stream_has_words_ = true;
  if (writing_) return;  // the writing thread looks again when it is done
  for (size_t bytes = 0; bytes < at_most && can_write() && (stream_has_words_ || !waiting_.empty());) {
    stream_has_words_ = false;
    const Transfer transfer = write_unlocked(lock, waiting_.parts());
    waiting_.consume(transfer.bytes);
    note(transfer);
    bytes += transfer.bytes;
  }
}

/** Writes without the lock. The parts stay valid: other threads only append meanwhile. */
Transfer StreamWriter::write_unlocked(Lock& lock, std::span<const iovec> parts) {
  writing_ = true;
  became_writable_ = false;
  offered_ = appended_;
  lock.unlock();
  const Transfer transfer = stream_.write(parts);
  lock.lock();
  writing_ = false;
  if (closed_) write_ended_.notify_all();
  return transfer;
}

void StreamWriter::note(const Transfer& transfer) {
  written_ += transfer.bytes;
  awaits_read_ = transfer.awaits_read;
  // it may have become writable meanwhile
  if (transfer.state == State::blocked) writable_ = became_writable_;
  if (transfer.state == State::failed && !failed_ && !closed_) {
    failure_ = to_failure(stream_, "write", transfer);
    failed_ = true;
  }
  if (failed_) waiting_.clear();
  note_size();
  on_written_(transfer.bytes);
}

void StreamWriter::on_writable(Lock& lock) {
  writable_ = became_writable_ = stream_has_words_ = true;
  flush(lock);
}

bool StreamWriter::finish() {
  if (writing_ || !waiting_.empty()) return false;
  if (!std::exchange(finished_, true)) stream_.finish_writing();
  return true;
}

uint64_t StreamWriter::abandon() {
  if (has_last_) return appended_;
  closed_ = true;
  return writing_ ? offered_ : written_;
}

void StreamWriter::close(Lock& lock) {
  closed_ = true;
  write_ended_.wait(lock, [this] { return !writing_; });
}

}  // namespace mqtt_native::net
