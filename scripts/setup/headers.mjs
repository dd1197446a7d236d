// vendor/: the headers that a build from the published package needs, where npm installs nothing to build with.

import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const sources = {
  "node-addon-api": ["node_modules/node-addon-api"],
  "node-api-headers": ["node_modules/node-api-headers", "node_modules/node-api-headers/include"],
};

/** Copies the headers, each package's with its licence. */
export function copyHeaders() {
  rmSync(join(root, "vendor"), { recursive: true, force: true });
  for (const [name, folders] of Object.entries(sources)) {
    const target = join(root, "vendor", name);
    mkdirSync(target, { recursive: true });
    for (const folder of folders) {
      const wanted = readdirSync(join(root, folder)).filter((file) => /\.h$|^LICENSE/.test(file));
      for (const file of wanted) copyFileSync(join(root, folder, file), join(target, file));
    }
  }
}
