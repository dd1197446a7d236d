// The engine's own C++ tests: as they are, and under the sanitizers.

import { availableParallelism } from "node:os";
import { run } from "../setup/run.mjs";

export const engineSteps = [
  ["engine:plain", () => engineTests("build/tests")],
  ["engine:address", () => engineTests("build/tests-asan", "address")],
  ["engine:thread", () => engineTests("build/tests-tsan", "thread")],
];

// By default the undefined behaviour sanitizer complains and goes on to exit code 0.
const env = {
  UBSAN_OPTIONS: "halt_on_error=1:print_stacktrace=1",
  TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1",
};

async function engineTests(directory, sanitizer = "") {
  const options = [
    "-DMQTT_NATIVE_TESTS=ON",
    `-DMQTT_NATIVE_SANITIZE=${sanitizer}`,
    "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
  ];
  await run("cmake", ["-S", ".", "-B", directory, "-G", "Ninja", ...options]);
  await run("cmake", [
    "--build",
    directory,
    "--target",
    "engine_tests",
    "--parallel",
    `${availableParallelism()}`,
  ]);
  return counts(await run(`${directory}/engine_tests`, [], { env }));
}

/** doctest's last lines: "test cases: 12 | 12 passed | ..." and the like for the assertions. */
function counts(output) {
  const [, cases] = /test cases:\s*(\d+)/.exec(output) ?? [];
  const [, assertions] = /assertions:\s*(\d+)/.exec(output) ?? [];
  return `${cases} test cases, ${assertions} assertions`;
}
