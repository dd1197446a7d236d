#pragma once

#include <MQTTAsync.h>
#include <pthread.h>

extern "C" {
// Global symbols of the archive that its headers do not name; the same in 1.3.12 and later.
extern pthread_mutex_t* mqttasync_mutex;    // MQTTAsync.c: guards everything
extern pthread_mutex_t* mqttcommand_mutex;  // MQTTAsync.c: guards the list of queued commands
// MQTTAsyncUtils.c: finds a free packet identifier; frees the queued commands of a client.
int MQTTAsync_assignMsgId(struct MQTTAsync_struct*);
void MQTTAsync_freeCommands(struct MQTTAsync_struct*);
}

namespace mqtt_native::paho {

/**
 * Paho takes a call on one of its own two threads for a call from inside a callback, and then does not lock.
 * A caller on the send thread, outside a callback, holds this.
 */
class PahoLock {
 public:
  PahoLock() { pthread_mutex_lock(mqttasync_mutex); }
  ~PahoLock() { pthread_mutex_unlock(mqttasync_mutex); }
  PahoLock(const PahoLock&) = delete;
  PahoLock& operator=(const PahoLock&) = delete;
};

}  // namespace mqtt_native::paho
