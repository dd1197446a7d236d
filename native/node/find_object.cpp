// The statically linked unwinder calls a function of glibc 2.35 to find an object's unwinding tables. This
// definition lets an addon that was built there run with glibc 2.34.

#include <dlfcn.h>

#ifdef DLFO_STRUCT_HAS_EH_DBASE  // this glibc has the function, so the unwinder was built to call it

#include <link.h>

#include <cstddef>
#include <span>

namespace {

struct Search {
  ElfW(Addr) address;
  dl_find_object* result;
};

/** Called for each loaded object; other than 0 ends the search. */
int look_at(dl_phdr_info* object, size_t /*size*/, void* data) {
  const auto& search = *static_cast<Search*>(data);
  dl_find_object found{};
  bool inside = false;
  for (const ElfW(Phdr) & segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    const ElfW(Addr) begin = object->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_GNU_EH_FRAME) found.dlfo_eh_frame = reinterpret_cast<void*>(begin);
    if (segment.p_type != PT_LOAD || search.address - begin >= segment.p_memsz) continue;
    inside = true;
    found.dlfo_map_start = reinterpret_cast<void*>(begin);
    found.dlfo_map_end = reinterpret_cast<void*>(begin + segment.p_memsz);
  }
  if (!inside || found.dlfo_eh_frame == nullptr) return 0;
  *search.result = found;
  return 1;
}

}  // namespace

/**
 * Works as in glibc, except that the result ends with its segment and has no link map, which the unwinder
 * does not need. The symbol is visible, so that in a program the unwinder of its libraries finds it, too. The
 * addon's list of exports hides it.
 */
extern "C" [[gnu::visibility("default")]] int _dl_find_object(void* address,
                                                              dl_find_object* result) noexcept {
  Search search{reinterpret_cast<ElfW(Addr)>(address), result};
  return dl_iterate_phdr(look_at, &search) == 0 ? -1 : 0;
}

#endif
