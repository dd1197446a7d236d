#pragma once

#include <sys/eventfd.h>

#include <atomic>

#include "base/file_descriptor.hpp"

namespace mqtt_native::net {

/** Cancels a blocking operation: wakes its thread from poll(2). */
class CancellationToken {
 public:
  CancellationToken() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  void cancel() {  // any
    is_cancelled_ = true;
    eventfd_write(event_.number(), 1);
  }
  [[nodiscard]] bool is_cancelled() const { return is_cancelled_; }  // any
  [[nodiscard]] int descriptor() const { return event_.number(); }   // any: readable once cancelled

 private:
  std::atomic<bool> is_cancelled_ = false;
  base::FileDescriptor event_;
};

}  // namespace mqtt_native::net
