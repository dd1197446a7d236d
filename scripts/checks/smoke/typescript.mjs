// A program in TypeScript: its types under every way of finding them, and what becomes of it.

import { join } from "node:path";
import { compile, root } from "../../setup/run.mjs";
import { runIn } from "./application.mjs";
import { withBroker } from "./broker.mjs";

const ways = [
  { module: "node16", files: ["typed.mts"] }, // there, CommonJS cannot know that it may require modules
  { module: "nodenext", files: ["typed.mts", "typed-common.cts"] },
  { module: "esnext", moduleResolution: "bundler", files: ["typed.mts"] },
];
const always = [
  "--ignoreConfig",
  "--strict",
  "--exactOptionalPropertyTypes",
  "--target",
  "es2022",
  "--lib",
  "es2023,esnext.disposable",
];

export async function typescript(folder) {
  // Ours are checked too: no skipLibCheck.
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  for (const { module, moduleResolution = module, files } of ways) {
    const options = [
      ...always,
      ...types,
      "--module",
      module,
      "--moduleResolution",
      moduleResolution,
      "--rootDir",
      folder,
    ];
    const output = ["--outDir", join(folder, module)];
    await compile([...options, ...output, ...files.map((file) => join(folder, file))]);
  }
  await withBroker(async (env) => {
    for (const program of ["nodenext/typed.mjs", "nodenext/typed-common.cjs"])
      await runIn(folder, [process.execPath, program], { env });
  });
  return ways.map(({ module, moduleResolution = module }) => moduleResolution).join(", ");
}
