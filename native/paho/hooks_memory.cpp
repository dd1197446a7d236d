// Answers Paho's calls to its debugging heap, which enters each allocation into a tree behind a lock. Memory
// is zeroed: Paho forgets to initialise members of some structures, such as the properties of a CONNACK that
// has none (MQTTPacketOut.c:178).

#include <algorithm>
#include <cstdlib>

extern "C" {

/** Never allocates zero bytes: Paho takes null for a failure. */
void* __wrap_mymalloc(char*, int, size_t size) {
  return std::calloc(1, std::max<size_t>(size, 1));
}

void* __wrap_myrealloc(char*, int, void* memory, size_t size) {
  return std::realloc(memory, std::max<size_t>(size, 1));
}

void __wrap_myfree(char*, int, void* memory) {
  std::free(memory);
}
}
