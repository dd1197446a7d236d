#include "canary.hpp"

#include <climits>
#include <memory>
#include <thread>

namespace mqtt_native::test {

namespace {

/** Hides a value from the compiler, which would otherwise warn or optimise it away. */
volatile int opaque = 0;
int* volatile pointer = nullptr;
volatile int shared = 0;

void use_after_free() {
  pointer = std::make_unique<int>(1).get();
  opaque = *pointer;
}

void overflow() {
  opaque = INT_MAX;
  opaque = opaque + 1;
}

/** Leaks several blocks, because the address of one may linger on the stack. */
void leak() {
  for (int i = 0; i < 100; i++) pointer = std::make_unique<int>(i).release();
  pointer = nullptr;
}

/** Races many times: ThreadSanitizer may miss two simultaneous accesses. */
void happy_eyeballs() {
  const auto count = [] {
    for (int i = 0; i < 1000; i++) shared = shared + 1;
  };
  const std::jthread other(count);
  count();
}

}  // namespace

bool commit_defect(std::string_view kind) {
  if (kind == "use after free")
    use_after_free();
  else if (kind == "overflow")
    overflow();
  else if (kind == "leak")
    leak();
  else if (kind == "race")
    happy_eyeballs();
  else
    return false;
  return true;
}

}  // namespace mqtt_native::test
