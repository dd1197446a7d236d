// The addon as it is published: prebuilds/<platform>-<architecture>/mqtt_native.<libc>.node.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { packageProgram, root, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";
import { Stop } from "./steps.mjs";
import { packageVersions } from "./system-packages.mjs";

/** The machines with a prebuilt binary. `strip` is the program that strips it. */
export const targets = [
  { architecture: "x64", strip: "x86_64-linux-gnu-strip" },
  { architecture: "arm64", strip: "aarch64-linux-gnu-strip" },
].map((target) => ({ ...target, file: `prebuilds/linux-${target.architecture}/mqtt_native.glibc.node` }));

/** A step: builds for each target, when something that the addon is made of has changed. */
export async function prebuilds() {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Stop("Prebuilds are made on Linux x64: from there the others are cross-compiled");
  const remarks = [];
  for (const target of targets) remarks.push(`${target.architecture} ${await prebuild(target)}`);
  return remarks.join(", ");
}

function prebuild({ architecture, strip, file }) {
  const name = `prebuild-${architecture}`;
  const inputs = ["native", "CMakeLists.txt", "package.json", "package-lock.json", "scripts/prebuild"];
  const also = packageVersions("build", "prebuild");
  return whenChanged({ name, inputs, also, product: file }, async () => {
    const directory = join("build", name); // prebuildify takes the addon away from where it was built
    mkdirSync(join(root, directory), { recursive: true });
    await run(packageProgram("prebuildify"), [
      ...["--cwd", directory, "--out", root, "--platform", "linux", "--arch", architecture],
      ...["--napi", "--name", "mqtt_native", "--tag-libc", "--strip", "--strip-bin", strip],
      ...["--node-gyp", join(root, "scripts/prebuild/cmake-js.mjs")],
    ]);
  });
}
