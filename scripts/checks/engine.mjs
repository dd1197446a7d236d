// The engine's own C++ tests: as they are, and under the sanitizers.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { root, run } from "../setup/run.mjs";
import { canaries, expectReports } from "./canaries.mjs";

const needs = ["system:build", "system:engine"];

export const engineSteps = [
  ["engine:plain", () => engineTests("build/tests"), { needs, seconds: 120 }],
  ["engine:address", () => engineTests("build/tests-asan", "address"), { needs, seconds: 240 }],
  ["engine:thread", () => engineTests("build/tests-tsan", "thread"), { needs, seconds: 110 }],
];

const env = {
  CMAKE_GENERATOR: "Ninja", // for a new build directory; one that exists keeps its own
  UBSAN_OPTIONS: "print_stacktrace=1",
  TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1",
};

async function engineTests(directory, sanitizer = "") {
  const options = {
    CMAKE_BUILD_TYPE: "RelWithDebInfo",
    CMAKE_RUNTIME_OUTPUT_DIRECTORY: join(root, directory),
    MQTT_NATIVE_SANITIZE: sanitizer,
    MQTT_NATIVE_TESTS: "ON",
  };
  const definitions = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  await run("cmake", ["-S", ".", "-B", directory, ...definitions], { env });
  await run("cmake", [
    "--build",
    directory,
    "--target",
    "engine_tests",
    "canary",
    "--parallel",
    `${availableParallelism()}`,
  ]);
  await expectReports(canaries[sanitizer] ?? {}, (defect) => readReport(directory, defect));
  return counts(await run(join(root, directory, "engine_tests"), [], { env }));
}

/** The output of a program that ends because of a defect. */
const readReport = (directory, defect) =>
  run(join(root, directory, "canary"), [defect], { env }).catch((failure) => failure.output ?? "");

/** doctest ends with "test cases: 12 | 12 passed | ..." and the like for the assertions. */
function counts(output) {
  const [, cases] = /test cases:\s*(\d+)/.exec(output) ?? [];
  const [, assertions] = /assertions:\s*(\d+)/.exec(output) ?? [];
  return `${cases} test cases, ${assertions} assertions`;
}
