// Checks of the published package: the binaries, the tarball and its types.

import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { copyHeaders } from "../setup/headers.mjs";
import { prebuilds, targets } from "../setup/prebuilds.mjs";
import { packageProgram, root, run } from "../setup/run.mjs";
import { Stop } from "../setup/steps.mjs";
import { typescriptBuild } from "../setup/typescript-build.mjs";
import { findings } from "./binary.mjs";
import { findLinks } from "./links.mjs";
import { mqttTarball } from "./mqtt-package.mjs";

const folder = "build/package";
const product = `${folder}/mqtt-native.tgz`;
const needed = [
  ...["package.json", "README.md", "CHANGELOG.md", "LICENSE", "THIRD-PARTY-NOTICES.md"],
  ...[
    "dist/index.js",
    "dist/index.d.ts",
    "dist/topic-entry.js",
    "dist/topic-entry.d.ts",
    "dist/opentelemetry-entry.js",
    "dist/opentelemetry-entry.d.ts",
    "dist/cli/bin.js",
    ...["index.js", "index.cjs", "index.d.ts", "index.d.cts", "register.cjs", "register-hooks.js"].map(
      (name) => `dist/mqttjs/${name}`,
    ),
    ...targets.map(({ file }) => file),
  ],
  ...[
    "CMakeLists.txt",
    "scripts/build-from-source.mjs",
    "native/node/addon.cpp",
    "vendor/node-addon-api/napi.h",
  ],
];
const expected =
  /^(dist|docs|lib|native|prebuilds|vendor)\/|^(package\.json|CMakeLists\.txt|LICENSE|scripts\/build-from-source\.mjs|[^/]+\.md|bench\/(soak\/)?README\.md)$/;

const needs = ["system:build", "system:prebuild", "npm"];

export const packageSteps = [
  ["package:prebuilds", prebuilds, { needs, seconds: 120 }],
  ["package:binaries", binaries, { needs, after: ["package:prebuilds"], seconds: 1 }],
  ["package:tarball", tarball, { needs, after: ["package:binaries"], seconds: 5 }],
  ["package:mqtt", mqttTarball, { needs: ["npm"], after: ["package:tarball"], seconds: 3 }],
  ["package:publint", publint, { needs: ["npm"], after: ["package:tarball"], seconds: 3 }],
  ["package:types", types, { needs: ["npm"], after: ["package:tarball"], seconds: 5 }],
];

/** A step: whether each binary is there and may be published. */
export async function binaries() {
  const remarks = [];
  const wrong = [];
  for (const { architecture, file } of targets) {
    const found = existsSync(join(root, file))
      ? await findings(file, architecture)
      : ["is not there: npm run prebuilds"];
    wrong.push(...found.map((finding) => `${file} ${finding}`));
    if (found.length === 0) remarks.push(`${architecture} ${kilobytes(statSync(join(root, file)).size)}`);
  }
  if (wrong.length > 0) throw new Stop(wrong.join("\n"));
  return remarks.join(", ");
}

/** The tarball that was packed last. */
export function packed() {
  const file = join(root, product);
  if (!existsSync(file)) throw new Stop("There is no tarball: npm test -- package");
  return file;
}

/** A step: packs what npm would publish, and checks that all needed files are in it and no others. */
async function tarball() {
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  await typescriptBuild();
  copyHeaders();
  const [{ filename, files, size, unpackedSize }] = JSON.parse(
    await run("npm", ["pack", "--ignore-scripts", "--silent", "--json", "--pack-destination", folder]),
  );
  renameSync(join(root, folder, filename), join(root, product));
  const paths = files.map(({ path }) => path);
  const missing = needed.filter((file) => !paths.includes(file));
  if (missing.length > 0) throw new Stop(`The tarball lacks ${missing.join(", ")}`);
  const stray = paths.filter((path) => !expected.test(path));
  if (stray.length > 0) throw new Stop(`The tarball has what nobody needs: ${stray.join(", ")}`);
  const dead = deadLinks(paths);
  if (dead.length > 0) throw new Stop(`Documents in the tarball lead out of it: ${dead.join(", ")}`);
  return `${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked, ${paths.length} files`;
}

/** The links of packed documents to files that are not packed. */
function deadLinks(paths) {
  const isThere = (target) => paths.some((path) => path === target || path.startsWith(`${target}/`));
  return paths
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) => findLinks(path).map(({ target }) => ({ path, target })))
    .filter(({ target }) => !isThere(target))
    .map(({ path, target }) => `${path} to ${target}`);
}

/** A step: whether the tarball is as publint says that a package should be. */
async function publint() {
  await run(packageProgram("publint"), ["run", "--strict", packed()]);
}

/** A step: whether TypeScript finds the types, whatever way it looks for them. */
async function types() {
  await run(packageProgram("attw"), [packed(), "--profile", "esm-only"]);
}

const kilobytes = (bytes) => `${Math.round(bytes / 1000).toLocaleString("en")} kB`;
