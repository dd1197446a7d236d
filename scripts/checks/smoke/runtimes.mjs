// What the package is run and installed with, besides our own Node and npm: build/runtimes/.

import { cpSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../../setup/run.mjs";
import { whenChanged } from "../../setup/stamp.mjs";
import { systemPackages } from "../../setup/system-packages.mjs";

const source = "test/smoke/runtimes";
const folder = "build/runtimes";
const program = (path) => join(root, folder, "node_modules", path);

/** Versions of Node that the package is run with. */
export const nodeVersions = [20, 22, 24, 26];
export const arm64Versions = [20, 26]; // emulated, which takes its time

/** How to run things, as a command with its first arguments. */
export const node = (version) => [program(`x64-${version}/bin/node`)];
export const nodeForArm64 = (version) => ["qemu-aarch64", program(`arm64-${version}/bin/node`)];
export const bun = [program("@oven/bun-linux-x64/bin/bun")];
export const deno = [
  program("@deno/linux-x64-glibc/deno"),
  "run",
  "--no-prompt",
  "--allow-ffi",
  "--allow-env",
  "--allow-read",
];
export const pnpm = [program("@pnpm/exe.linux-x64/pnpm")];
export const yarn1 = [process.execPath, program("yarn/bin/yarn.js")];
export const yarn4 = [process.execPath, program("@yarnpkg/cli-dist/bin/yarn.js")];

/** A step: downloads them, unless they are there. */
export async function runtimes() {
  const system = await systemPackages("smoke");
  const npm = await whenChanged(
    { name: "runtimes", inputs: [source], product: `${folder}/node_modules` },
    async () => {
      cpSync(join(root, source), join(root, folder), { recursive: true });
      // By force, since half of them are for another architecture; their scripts would only fetch what is there.
      await run("npm", ["ci", "--force", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
    },
  );
  return `${system}, ${npm}`;
}
