// packages/mqtt/: the package that takes the place of MQTT.js by an override.

import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { packageProgram, root, run } from "../setup/run.mjs";
import { Stop } from "../setup/steps.mjs";

const source = "packages/mqtt";
const folder = "build/package";
const product = `${folder}/mqtt.tgz`;
const expected = [
  "LICENSE",
  "README.md",
  "index.d.mts",
  "index.d.ts",
  "index.js",
  "index.mjs",
  "package.json",
];

/** The tarball that was packed last. */
export const packedMqtt = () => join(root, product);

/** A step: packs the package, and checks its files and what it depends on. */
export async function mqttTarball() {
  const manifest = readManifest(`${source}/package.json`);
  const { version } = readManifest("package.json");
  if (manifest.dependencies["mqtt-native"] !== version)
    throw new Stop(`${source} must depend on mqtt-native ${version}`);
  const words = ["--ignore-scripts", "--silent", "--json", "--pack-destination", folder];
  const [{ filename, files }] = JSON.parse(await run("npm", ["pack", `./${source}`, ...words]));
  renameSync(join(root, folder, filename), join(root, product));
  const paths = files.map(({ path }) => path).sort();
  if (paths.join() !== expected.join()) throw new Stop(`The tarball of ${source} has ${paths.join(", ")}`);
  await run(packageProgram("publint"), ["run", "--strict", packedMqtt()]);
  return `${manifest.name} ${manifest.version}`;
}

const readManifest = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
