// How to run what the package is tried with, besides our own Node and npm: commands with their first arguments.

import { runtimeFile } from "../../setup/runtimes.mjs";

/** Versions of Node that the package is run with. */
export const nodeVersions = [20, 22, 24, 26];
export const arm64Versions = [20, 26]; // emulated, which takes its time

export const node = (version) => [runtimeFile(`x64-${version}/bin/node`)];
export const nodeForArm64 = (version) => ["qemu-aarch64", runtimeFile(`arm64-${version}/bin/node`)];
export const bun = [runtimeFile("@oven/bun-linux-x64/bin/bun")];
export const deno = [
  runtimeFile("@deno/linux-x64-glibc/deno"),
  ...["run", "--no-prompt", "--allow-ffi", "--allow-env", "--allow-read"],
];
export const pnpm = [runtimeFile("@pnpm/exe.linux-x64/pnpm")];
export const yarn1 = [process.execPath, runtimeFile("yarn/bin/yarn.js")];
export const yarn4 = [process.execPath, runtimeFile("@yarnpkg/cli-dist/bin/yarn.js")];
