// Answers Paho's calls to its debugging heap, which otherwise costs more than the protocol does.

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace {

/**
 * Paho forgets to initialise members of some small structures;
 * zeros are what it means (MQTTAsyncUtils.c:1157, …).
 */
constexpr size_t zeroed_size = 1024;

}  // namespace

extern "C" {

void* __wrap_mymalloc(char*, int, size_t size) {
  size = std::max<size_t>(size, 1);  // Paho takes null for a failure, also where it asks for nothing
  void* memory = std::malloc(size);  // calloc would pass by the thread's own cache (glibc before 2.41)
  if (memory != nullptr && size <= zeroed_size) std::memset(memory, 0, size);
  return memory;
}

void* __wrap_myrealloc(char*, int, void* memory, size_t size) {
  return std::realloc(memory, std::max<size_t>(size, 1));
}

void __wrap_myfree(char*, int, void* memory) {
  std::free(memory);
}
}
