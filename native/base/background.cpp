#include "base/background.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace mqtt_native::base {

std::optional<Failure> run_in_background(std::function<void()> task) {
  // Signals are blocked: their handlers must not run on this thread, which the program does not know.
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  std::optional<Failure> failure;
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error&) {
    failure = system_failure("pthread_create", EAGAIN);
  }
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  return failure;
}

}  // namespace mqtt_native::base
