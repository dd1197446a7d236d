// The JavaScript and the types that are published: dist/.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { buildLoaderHook } from "./loader-hook-build.mjs";
import { writeMqttJsEntries } from "./mqttjs-entries.mjs";
import { compile, packageProgram, root, run } from "./run.mjs";
import { whenChanged } from "./stamp.mjs";

// One file for each of the package's entries, and one for the code that they share. Short-lived programs import this
// package too. With one file for each of lib/, importing takes four times as long and three times the memory.
const bundle = [
  ...["lib/index.ts", "lib/topic-entry.ts", "--bundle", "--splitting", "--format=esm"],
  ...["--platform=node", "--target=node20.19", "--outdir=dist", "--sourcemap", "--sources-content=false"],
];

// MQTT.js's interface is CommonJS for `require` and `import` alike, so both have the same classes. Test runners and
// loaders that compile CommonJS cannot require an ECMAScript module.
const commonJs = [
  ...["lib/mqttjs/index.ts", "--bundle", "--format=cjs", "--outfile=dist/mqttjs.cjs"],
  "--define:import.meta.url=importMetaUrl",
  '--banner:js=const importMetaUrl = require("node:url").pathToFileURL(__filename).href;',
  ...["--platform=node", "--target=node20.19", "--sourcemap", "--sources-content=false"],
];

// A bundle of its own, so that the main entry is not divided for its sake.
const openTelemetry = [
  ...["lib/opentelemetry-entry.ts", "--bundle", "--format=esm", "--packages=external"],
  ...["--platform=node", "--target=node20.19", "--outdir=dist"],
];

// The command line is a bundle of its own, which imports the package by its name, so that index.js stays as it is.
const commandLine = [
  ...["lib/cli/bin.ts", "--bundle", "--splitting", "--format=esm", "--packages=external"],
  "--tsconfig-raw={}", // the paths of tsconfig.json would bundle the package
  ...["--platform=node", "--target=node20.19", "--outdir=dist/cli"],
];

/** A step: compiles lib/ into dist/ when one of its files has changed. */
export function typescriptBuild() {
  const scripts = ["typescript-build", "mqttjs-entries", "loader-hook-build"].map(
    (name) => `scripts/setup/${name}.mjs`,
  );
  const inputs = ["lib", "tsconfig.json", "package-lock.json", ...scripts];
  return whenChanged({ name: "typescript-build", inputs, product: "dist/index.js" }, async () => {
    // From nothing, so that what was renamed or deleted in lib/ does not live on in dist/.
    for (const leftover of ["dist", "build/lib.tsbuildinfo"]) {
      rmSync(join(root, leftover), { recursive: true, force: true });
    }
    await compile(["-p", "."]); // checks, and writes the types
    await run(packageProgram("esbuild"), bundle);
    await run(packageProgram("esbuild"), openTelemetry);
    await run(packageProgram("esbuild"), commandLine);
    await run(packageProgram("esbuild"), commonJs);
    writeMqttJsEntries();
    await buildLoaderHook();
  });
}
