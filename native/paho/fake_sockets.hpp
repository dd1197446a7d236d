#pragma once

#include <poll.h>

#include <array>
#include <atomic>
#include <mutex>
#include <span>
#include <vector>

namespace mqtt_native::paho {

class PahoControlPlane;

/**
 * The descriptors that Paho believes to be sockets. They are numbers far above the kernel's: a slot, and a
 * generation that each close increments. Paho looks clients up by descriptor, sometimes a moment after it has
 * closed one, so a number must not come again soon.
 */
class FakeSockets {
 public:
  static constexpr int slot_bits = 14;
  static constexpr int slot_count = 1 << slot_bits;
  /** A descriptor that never has anything, and that is neither opened nor closed. */
  static constexpr int silent = (1 << 30) - 1;

  FakeSockets();

  static bool owns(int descriptor) { return descriptor > silent; }  // any

  /** As socket(2); -1: there are too many. */
  int open();  // control
  /** From now on the descriptor stands for this control plane. Paho has not written to it yet. */
  void attach(int descriptor, PahoControlPlane& control_plane);  // control
  void close(int descriptor);                                    // control
  /** The control plane of a descriptor; null: it is closed. Paho's lock keeps it alive. */
  [[nodiscard]] PahoControlPlane* find(int descriptor);  // control

  void set_readable(int descriptor, bool readable);  // any, until it is closed
  void on_written(int descriptor);                   // control

  int poll_writable(std::span<pollfd> entries);  // receive
  int poll_readable(std::span<pollfd> entries);  // receive
  /** Whether one of them is new: Paho must be told at once that it can be written to. */
  [[nodiscard]] bool has_new(std::span<const pollfd> entries);  // receive

 private:
  static constexpr int first_descriptor = silent + 1;
  static constexpr int generation_mask = (1 << 16) - 1;

  struct Slot {
    std::atomic<PahoControlPlane*> control_plane = nullptr;
    std::atomic<int> generation = 0;
    std::atomic<bool> readable = false;
    std::atomic<bool> is_new = false;
  };

  Slot* find_slot(int descriptor);

  std::array<Slot, slot_count> slots_;
  std::mutex mutex_;
  std::vector<int> free_slots_;
};

}  // namespace mqtt_native::paho
