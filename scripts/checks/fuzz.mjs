// Fuzzing with libFuzzer: searches for bytes that break a condition of test/fuzz, and begins with those of its corpus.

import { cpSync, existsSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { filesIn } from "../setup/files.mjs";
import { root, run } from "../setup/run.mjs";

const directory = "build/fuzz";
const needs = ["system:build", "system:fuzzing"];
export const targets = ["http", "properties", "proxy", "event_batch", "websocket", "mqtt"];

/** Each target for so many seconds. */
export const fuzzSteps = (seconds) => [
  ["fuzz:build", buildFuzzers, { needs, seconds: 60 }],
  ...targets.map((target) => [
    `fuzz:${target}`,
    () => fuzz(target, seconds),
    { needs, after: ["fuzz:build"], seconds },
  ]),
];

async function buildFuzzers() {
  const compiler = ["clang++-14", "clang++"].find((name) => existsSync(`/usr/bin/${name}`)) ?? "clang++";
  const options = {
    CMAKE_BUILD_TYPE: "RelWithDebInfo",
    CMAKE_CXX_COMPILER: compiler,
    CMAKE_C_COMPILER: compiler.replace("++", ""),
    CMAKE_RUNTIME_OUTPUT_DIRECTORY: join(root, directory),
    MQTT_NATIVE_SANITIZE: "fuzzer",
    MQTT_NATIVE_TESTS: "ON",
  };
  const definitions = Object.entries(options).map(([name, value]) => `-D${name}=${value}`);
  await run("cmake", ["-S", ".", "-B", directory, ...definitions], { env: { CMAKE_GENERATOR: "Ninja" } });
  const names = targets.map((target) => `fuzz_${target}`);
  await run("cmake", ["--build", directory, "--target", ...names, "--parallel", `${availableParallelism()}`]);
}

/**
 * Runs one fuzzer. Inputs that reach new code stay in build/fuzz/corpus, and inputs that break something in
 * build/fuzz/found. The latter go into the test's corpus together with the fix.
 */
async function fuzz(target, seconds) {
  const corpus = join(root, directory, "corpus", target);
  const found = join(root, directory, "found");
  for (const folder of [corpus, found]) mkdirSync(folder, { recursive: true });
  cpSync(join(root, "test/fuzz/corpus", target), corpus, { recursive: true });
  const before = filesIn(`${directory}/corpus/${target}`).length;
  const output = await run(join(root, directory, `fuzz_${target}`), [
    `-max_total_time=${seconds}`,
    "-max_len=4096",
    "-rss_limit_mb=2048",
    "-timeout=10",
    `-artifact_prefix=${found}/${target}-`,
    corpus,
  ]);
  const [, runs] = /Done (\d+) runs/.exec(output) ?? [];
  return `${runs} runs, ${before} cases to begin with`;
}
