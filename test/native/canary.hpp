#pragma once

#include <string_view>

namespace mqtt_native::test {

/**
 * Has a defect that a sanitizer must report: "use after free", "overflow", "leak" or "race". Checks use it to
 * see whether the sanitizers of a build work. Returns false for any other name.
 */
bool commit_defect(std::string_view kind);

}  // namespace mqtt_native::test
