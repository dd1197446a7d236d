// Formatters, linters and types: checks that do not run the code.

import { availableParallelism } from "node:os";
import { stripVTControlCharacters } from "node:util";
import { filesIn } from "../setup/files.mjs";
import { configureNativeBuild } from "../setup/native-build.mjs";
import { compile, packageProgram, run } from "../setup/run.mjs";
import { whenChanged } from "../setup/stamp.mjs";

const scriptFiles = ["lib", "test", "bench", "examples", "packages", "scripts", "vitest.config.ts"];
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

/** Runs clang-tidy, which takes minutes, only when its inputs have changed since it passed. */
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

/** Keeps only the findings of run-clang-tidy: the rest are names of files and counts of suppressed warnings. */
function withoutNoise(failure) {
  const lines = stripVTControlCharacters(failure.output).split("\n");
  failure.output = lines.filter((line) => !/^(clang-tidy|\d+ warnings)/.test(line)).join("\n");
  throw failure;
}

// A linter that finds nothing has no remark.
const runQuietly = async (...command) => void (await run(...command));
