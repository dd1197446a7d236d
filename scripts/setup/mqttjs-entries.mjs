// The entries of MQTT.js's interface in dist/mqttjs: for `import`, for `require`, and the types of both.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

/** Writes the entries of MQTT.js's interface, and types for `require`, which must not name an ECMAScript module. */
export function writeMqttJsEntries() {
  const folder = join(root, "dist/mqttjs");
  const source = readFileSync(join(root, "lib/mqttjs/mqtt.ts"), "utf8");
  const names = exportedValues(source);
  writeFileSync(join(folder, "index.cjs"), commonJsEntry(names));
  writeFileSync(
    join(folder, "index.js"),
    `import mqtt from "./index.cjs";\nexport default mqtt.default;\nexport const { ${names.join(", ")} } = mqtt;\n`,
  );
  for (const name of reachableTypes(folder, "index")) {
    const types = readFileSync(join(folder, `${name}.d.ts`), "utf8");
    writeFileSync(join(folder, `${name}.d.cts`), types.replaceAll(RELATIVE_IMPORT, '"./$1.cts"'));
  }
}

/** Returns an entry that names each export, so that readers of the code find them without running it. */
function commonJsEntry(names) {
  const lines = ["default", ...names].map((name) => `exports.${name} = mqtt.${name};`);
  const begin = [
    '"use strict";',
    'const mqtt = require("../mqttjs.cjs");',
    'Object.defineProperty(exports, "__esModule", { value: true });',
  ];
  return `${[...begin, ...lines].join("\n")}\n`;
}

/** Returns the names of the values that a module exports from others. */
function exportedValues(source) {
  return [...source.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) =>
    list
      .split(",")
      .map((each) => each.trim())
      .filter((each) => each !== "" && !each.startsWith("type "))
      .map((each) => each.split(" as ").at(-1)),
  );
}

const RELATIVE_IMPORT = /"\.\/([\w-]+)\.ts"/g;

/** Returns the names of the files with the types of an entry. */
function reachableTypes(folder, entry, found = new Set()) {
  if (found.has(entry)) return found;
  found.add(entry);
  const types = readFileSync(join(folder, `${entry}.d.ts`), "utf8");
  for (const [, name] of types.matchAll(RELATIVE_IMPORT)) reachableTypes(folder, name, found);
  return found;
}
