#include "counters.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "measure.h"

namespace remote {

static_assert(sizeof(Counters) == 12 && std::atomic<uint32_t>::is_always_lock_free);

Counters& map_counters(const char* file) {
  const int descriptor = ::open(file, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) fail("%s cannot be opened: %s", file, std::strerror(errno));
  void* memory = ::mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) fail("%s cannot be mapped: %s", file, std::strerror(errno));
  ::close(descriptor);
  return *static_cast<Counters*>(memory);
}

}  // namespace remote
