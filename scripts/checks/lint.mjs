// What can be said about the code without running it.

import { availableParallelism } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { filesIn } from "../setup/files.mjs";
import { configureNativeBuild } from "../setup/native-build.mjs";
import { compile, packageProgram, run } from "../setup/run.mjs";
import { whenChanged } from "../setup/stamp.mjs";

const scriptFiles = ["lib", "test", "bench", "examples", "scripts", "vitest.config.ts"];
const cppFiles = () =>
  ["native", "test/fuzz", "test/native", "bench"]
    .flatMap(filesIn)
    .filter((file) => /\.[hc](pp)?$/.test(file));

export const lintSteps = [
  [
    "lint:biome",
    () => runQuietly(packageProgram("biome"), ["check", "--error-on-warnings", ...scriptFiles]),
    { needs: ["npm"], seconds: 1 },
  ],
  [
    "lint:clang-format",
    () => runQuietly("clang-format", ["--dry-run", "-Werror", ...cppFiles()]),
    { needs: ["system:format"], seconds: 2 },
  ],
  ["lint:clang-tidy", clangTidy, { needs: ["system:build", "system:tidy", "npm"], seconds: 100 }],
  [
    "lint:types",
    async () => void (await compile(["-p", "tsconfig.test.json"])),
    { needs: ["npm"], seconds: 3 },
  ],
];

/** Puts everything into its form, as far as the tools can. */
export const formatSteps = [
  [
    "biome",
    () => runQuietly(packageProgram("biome"), ["check", "--write", ...scriptFiles]),
    { needs: ["npm"], seconds: 1 },
  ],
  [
    "clang-format",
    () => runQuietly("clang-format", ["-i", ...cppFiles()]),
    { needs: ["system:format"], seconds: 2 },
  ],
];

/** It takes a minute, so it looks again only at what it has not passed before. */
function clangTidy() {
  const inputs = ["native", "CMakeLists.txt", ".clang-tidy"];
  const jobs = `${availableParallelism()}`;
  return whenChanged({ name: "clang-tidy", inputs }, async () => {
    await configureNativeBuild();
    await run("run-clang-tidy", ["-p", "build", "-quiet", "-j", jobs, "/native/.*[.]cpp$"]).catch(
      withoutNoise,
    );
  });
}

/** Of what run-clang-tidy says, only the findings; the rest are file names and counts of what it suppressed. */
function withoutNoise(failure) {
  const lines = stripVTControlCharacters(failure.output).split("\n");
  failure.output = lines.filter((line) => !/^(clang-tidy|\d+ warnings)/.test(line)).join("\n");
  throw failure;
}

// Linters have nothing to tell when they are content.
const runQuietly = async (...command) => void (await run(...command));
