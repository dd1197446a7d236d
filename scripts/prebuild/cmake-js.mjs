#!/usr/bin/env node
// Stands in for node-gyp in prebuildify: builds the addon with cmake-js below the current folder, where prebuildify
// looks for it.

import { spawnSync } from "node:child_process";
import { cpSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const architecture = process.argv.find((argument) => argument.startsWith("--arch="))?.slice("--arch=".length);
const toolchain = join(root, `scripts/prebuild/linux-${architecture}.cmake`);
const crossing = architecture !== process.arch;
if (crossing && !existsSync(toolchain)) throw new Error(`There is no ${toolchain} to compile with`);

// For this machine it is the local build, which the tests have run: what is published is what was tested.
const out = crossing ? resolve("build") : join(root, "build");
const options = ["--directory", root, "--out", out, "--arch", architecture];
if (crossing) options.push(`--CDCMAKE_TOOLCHAIN_FILE=${toolchain}`);
for (const command of ["configure", "build"]) {
  const { status, error } = spawnSync(join(root, "node_modules/.bin/cmake-js"), [command, ...options], {
    stdio: "inherit",
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
if (!crossing) cpSync(join(out, "Release"), resolve("build/Release"), { recursive: true });
