#include "paho/fake_sockets.hpp"

#include <cerrno>

namespace mqtt_native::paho {

FakeSockets::FakeSockets() {
  free_slots_.reserve(slot_count);
  for (int slot = slot_count; slot-- > 0;) free_slots_.push_back(slot);
}

/** Returns null if the descriptor is closed. */
FakeSockets::Slot* FakeSockets::find_slot(int descriptor) {
  Slot& slot = slots_[static_cast<size_t>(descriptor & (slot_count - 1))];
  const int generation = (descriptor - first_descriptor) >> slot_bits;
  return slot.generation == generation && slot.control_plane != nullptr ? &slot : nullptr;
}

int FakeSockets::open() {
  const std::lock_guard lock(mutex_);
  if (free_slots_.empty()) {
    errno = EMFILE;
    return -1;
  }
  const int slot = free_slots_.back();
  free_slots_.pop_back();
  return first_descriptor | slots_[static_cast<size_t>(slot)].generation << slot_bits | slot;
}

void FakeSockets::attach(int descriptor, PahoControlPlane& control_plane) {
  Slot& slot = slots_[static_cast<size_t>(descriptor & (slot_count - 1))];
  slot.readable = false;
  slot.is_new = true;
  slot.control_plane = &control_plane;
}

void FakeSockets::close(int descriptor) {
  const std::lock_guard lock(mutex_);
  Slot& slot = slots_[static_cast<size_t>(descriptor & (slot_count - 1))];
  slot.control_plane = nullptr;
  slot.generation = (slot.generation + 1) & generation_mask;
  free_slots_.push_back(descriptor & (slot_count - 1));
}

PahoControlPlane* FakeSockets::find(int descriptor) {
  Slot* const slot = find_slot(descriptor);
  return slot == nullptr ? nullptr : slot->control_plane.load();
}

void FakeSockets::set_readable(int descriptor, bool readable) {
  if (Slot* const slot = find_slot(descriptor)) slot->readable = readable;
}

void FakeSockets::on_written(int descriptor) {
  if (Slot* const slot = find_slot(descriptor)) slot->is_new = false;
}

int FakeSockets::poll_writable(std::span<pollfd> entries) {
  for (pollfd& entry : entries) entry.revents = find_slot(entry.fd) != nullptr ? POLLOUT : 0;
  return static_cast<int>(entries.size());
}

int FakeSockets::poll_readable(std::span<pollfd> entries) {
  int ready = 0;
  for (pollfd& entry : entries) {
    const Slot* const slot = find_slot(entry.fd);
    const bool readable = slot != nullptr && slot->readable;
    entry.revents = readable ? POLLIN : 0;
    ready += readable ? 1 : 0;
  }
  return ready;
}

bool FakeSockets::has_new(std::span<const pollfd> entries) {
  for (const pollfd& entry : entries)
    if (const Slot* const slot = find_slot(entry.fd); slot != nullptr && slot->is_new) return true;
  return false;
}

}  // namespace mqtt_native::paho
