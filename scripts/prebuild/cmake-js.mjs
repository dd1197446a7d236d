#!/usr/bin/env node
// What prebuildify takes for node-gyp: builds the addon with cmake-js below the current folder, where prebuildify
// looks for it.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const architecture = process.argv.find((argument) => argument.startsWith("--arch="))?.slice("--arch=".length);
const toolchain = join(root, `scripts/prebuild/linux-${architecture}.cmake`);
const crossing = architecture !== process.arch;
if (crossing && !existsSync(toolchain)) throw new Error(`There is no ${toolchain} to compile with`);

const options = ["--directory", root, "--out", resolve("build"), "--arch", architecture];
if (crossing) options.push(`--CDCMAKE_TOOLCHAIN_FILE=${toolchain}`);
for (const command of ["configure", "build"]) {
  const { status, error } = spawnSync(join(root, "node_modules/.bin/cmake-js"), [command, ...options], {
    stdio: "inherit",
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
