// Answers Paho's calls to start threads and to wait for work.

#include <pthread.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "paho/engine.hpp"

using mqtt_native::paho::Engine;

extern "C" {

/**
 * Signals are for the program's own threads: one that lands here would interrupt calls that expect no EINTR.
 * Paho does not look at the result, and would wait for ever for a thread that could not be started.
 */
int __wrap_pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                          void* argument) {
  sigset_t all;
  sigset_t previous;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &previous);
  const int error = pthread_create(thread, attributes, run, argument);
  pthread_sigmask(SIG_SETMASK, &previous, nullptr);
  if (error != 0) Engine::instance().owe_thread([run, argument] { run(argument); });
  return 0;
}

/** Paho reads the clock twice for each packet, for timers that count in hundreds of milliseconds. */
int __wrap_clock_gettime(clockid_t clock, timespec* time) {
  return clock_gettime(clock == CLOCK_MONOTONIC ? CLOCK_MONOTONIC_COARSE : clock, time);
}

/** A signal that comes while nobody waits is kept; with Paho's own condition variable it would be lost. */
int __wrap_pthread_cond_signal(pthread_cond_t*) {
  Engine::instance().signal();
  return 0;
}

/** From 1.3.16 on, Paho uses this instead. */
int __wrap_pthread_cond_broadcast(pthread_cond_t*) {
  Engine::instance().signal();
  return 0;
}

/**
 * Paho's send thread is out of work: it gets more from the sessions, or rests until there is some. The wait
 * always ends as one that took too long: from 1.3.16 on, Paho would otherwise wait on, until there are
 * commands, and look at no timers.
 */
int __wrap_pthread_cond_timedwait(pthread_cond_t*, pthread_mutex_t* mutex, const timespec*) {
  pthread_mutex_unlock(mutex);
  Engine::instance().rest();
  pthread_mutex_lock(mutex);
  return ETIMEDOUT;
}
}
