#include "base/background.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace mqtt_native::base {

bool run_in_background(std::function<void()> task) {
  // Signals are blocked: their handlers must not run on this thread, which the program does not know.
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  bool started = true;
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  return started;
}

Failure no_thread() {
  return system_failure("pthread_create", EAGAIN);
}

}  // namespace mqtt_native::base
