#pragma once

#include <string_view>

namespace mqtt_native::test {

/**
 * Does what a sanitizer has to report: "use after free", "overflow", "leak", "race". For the checks that see
 * whether the sanitizers of a build are at work at all. False for anything else.
 */
bool commit_defect(std::string_view kind);

}  // namespace mqtt_native::test
