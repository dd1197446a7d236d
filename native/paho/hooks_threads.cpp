// Answers Paho's calls to start threads and to wait for work.

#include <pthread.h>

#include <cerrno>

#include "paho/adapter.hpp"

using mqtt_native::paho::Adapter;

extern "C" {

/** Paho does not look at the result, and would wait for ever for a thread that could not be started. */
int __wrap_pthread_create(pthread_t*, const pthread_attr_t*, void* (*run)(void*), void* argument) {
  Adapter::instance().start_thread([run, argument] { run(argument); });
  return 0;
}

/** Keeps a signal that comes while nobody waits. Paho's own condition variable would lose it. */
int __wrap_pthread_cond_signal(pthread_cond_t*) {
  Adapter::instance().runtime().signal();
  return 0;
}

/** Paho 1.3.16 and later use this instead. */
int __wrap_pthread_cond_broadcast(pthread_cond_t*) {
  Adapter::instance().runtime().signal();
  return 0;
}

/**
 * Paho's send thread is out of commands. The wait always ends as one that took too long. Otherwise Paho
 * 1.3.16 and later would wait on until there are commands, and look at no timers.
 */
int __wrap_pthread_cond_timedwait(pthread_cond_t*, pthread_mutex_t* mutex, const timespec*) {
  pthread_mutex_unlock(mutex);
  Adapter::instance().run_sessions();
  pthread_mutex_lock(mutex);
  return ETIMEDOUT;
}
}
