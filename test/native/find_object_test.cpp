#include <dlfcn.h>

#ifdef DLFO_STRUCT_HAS_EH_DBASE

#include <doctest/doctest.h>

#include <cstdlib>
#include <stdexcept>

namespace {

void check_same(void* address) {
  using Function = int (*)(void*, dl_find_object*);
  void* const theirs = dlsym(RTLD_NEXT, "_dl_find_object");
  REQUIRE(theirs != nullptr);
  REQUIRE(theirs != reinterpret_cast<void*>(&_dl_find_object));
  const auto original = reinterpret_cast<Function>(theirs);
  dl_find_object expected{};
  dl_find_object found{};
  REQUIRE(original(address, &expected) == 0);
  REQUIRE(_dl_find_object(address, &found) == 0);
  CHECK(found.dlfo_eh_frame == expected.dlfo_eh_frame);
  CHECK(found.dlfo_map_start <= address);
  CHECK(found.dlfo_map_end > address);
}

}  // namespace

TEST_CASE("unwinding tables are found where glibc finds them") {
  check_same(reinterpret_cast<void*>(&check_same));    // in the program
  check_same(dlsym(RTLD_DEFAULT, "dl_iterate_phdr"));  // in a library
}

TEST_CASE("memory outside of objects has no unwinding tables") {
  dl_find_object found{};
  void* const memory = std::malloc(1);
  CHECK(_dl_find_object(memory, &found) == -1);
  CHECK(_dl_find_object(nullptr, &found) == -1);
  std::free(memory);
}

TEST_CASE("exceptions find their handlers with these tables") {
  CHECK_THROWS_AS(throw std::runtime_error("thrown"), std::runtime_error);
}

#endif
