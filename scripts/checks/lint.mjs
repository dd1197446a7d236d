// What can be said about the code without running it.

import { filesIn } from "../setup/files.mjs";
import { packageProgram, run } from "../setup/run.mjs";

const scriptFiles = ["lib", "test", "bench", "examples", "scripts", "vitest.config.ts"];
const cppFiles = () => ["native", "test/native"].flatMap(filesIn).filter((file) => /\.[hc]pp$/.test(file));

export const lintSteps = [
  ["lint:biome", () => runQuietly(packageProgram("biome"), ["check", "--error-on-warnings", ...scriptFiles])],
  ["lint:clang-format", () => runQuietly("clang-format", ["--dry-run", "-Werror", ...cppFiles()])],
  ["lint:types", () => runQuietly(packageProgram("tsc"), ["-p", "tsconfig.test.json"])],
];

/** Puts everything into its form, as far as the tools can. */
export const formatSteps = [
  ["biome", () => runQuietly(packageProgram("biome"), ["check", "--write", ...scriptFiles])],
  ["clang-format", () => runQuietly("clang-format", ["-i", ...cppFiles()])],
];

// Linters have nothing to tell when they are content.
const runQuietly = async (...command) => void (await run(...command));
