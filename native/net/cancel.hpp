#pragma once

#include <sys/eventfd.h>

#include <atomic>

#include "net/file_descriptor.hpp"

namespace mqtt_native::net {

/** Tells a thread that waits in poll(2) that nobody wants its result any more. */
class Cancel {
 public:
  Cancel() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void request() {  // any
    requested_ = true;
    eventfd_write(event_.number(), 1);
  }
  [[nodiscard]] bool requested() const { return requested_; }       // any
  [[nodiscard]] int descriptor() const { return event_.number(); }  // any: readable once requested

 private:
  std::atomic<bool> requested_ = false;
  FileDescriptor event_;
};

}  // namespace mqtt_native::net
