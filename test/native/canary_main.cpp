// canary <defect>: a program with a defect; see canary.hpp.

#include "canary.hpp"

int main(int count, char** arguments) {
  return count == 2 && mqtt_native::test::commit_defect(arguments[1]) ? 0 : 2;
}
