#include "net/outlet.hpp"

#include <utility>

namespace mqtt_native::net {

using State = Transfer::State;

void Outlet::gather(std::span<const std::byte> bytes) {
  if (has_last_) return;
  waiting_.append(bytes);
  note_size();
}

void Outlet::gather(std::span<const iovec> parts) {
  if (has_last_) return;
  waiting_.append(parts);
  note_size();
}

void Outlet::gather_held(const SharedBytes& memory, std::span<const std::byte> bytes) {
  if (has_last_) return;
  waiting_.append_held(memory, bytes);
  note_size();
}

void Outlet::gather_last(std::span<const std::byte> bytes) {
  gather(bytes);
  has_last_ = true;
}

void Outlet::write(Lock& lock, std::span<const iovec> parts) {
  if (has_last_) return;
  const Transfer transfer = hand_over(lock, parts);
  WriteBuffer rest;
  rest.append(parts, transfer.bytes);
  waiting_.prepend(std::move(rest));  // before what others have gathered meanwhile
  note(transfer);
  flush(lock);
}

void Outlet::flush(Lock& lock, size_t at_most) {
  if (can_write() && stream_.delays_ack()) stream_has_words_ = true;
  if (writing_) return;  // who is at it looks again when that is done
  for (size_t bytes = 0; bytes < at_most && can_write() && (stream_has_words_ || !waiting_.empty());) {
    stream_has_words_ = false;
    const Transfer transfer = hand_over(lock, waiting_.parts());
    waiting_.consume(transfer.bytes);
    note(transfer);
    bytes += transfer.bytes;
  }
}

/** The parts stay where they are: whoever else takes the lock meanwhile only appends. */
Transfer Outlet::hand_over(Lock& lock, std::span<const iovec> parts) {
  writing_ = true;
  became_writable_ = false;
  lock.unlock();
  const Transfer transfer = stream_.write(parts);
  lock.lock();
  writing_ = false;
  if (closed_) handed_over_.notify_all();
  return transfer;
}

void Outlet::note(const Transfer& transfer) {
  awaits_read_ = transfer.awaits_read;
  if (transfer.state == State::blocked) writable_ = became_writable_;  // by now it may be again
  if (transfer.state == State::failed && !failed_ && !closed_) {
    failure_ = failure_of(stream_, "write", transfer);
    failed_ = true;
  }
  if (failed_) waiting_.clear();
  note_size();
  on_written_(transfer.bytes);
}

void Outlet::on_writable(Lock& lock) {
  writable_ = became_writable_ = stream_has_words_ = true;
  flush(lock);
}

bool Outlet::finish() {
  if (writing_ || !waiting_.empty()) return false;
  if (!std::exchange(finished_, true)) stream_.finish_writing();
  return true;
}

void Outlet::close(Lock& lock) {
  closed_ = true;
  handed_over_.wait(lock, [this] { return !writing_; });
}

}  // namespace mqtt_native::net
