// A service that esbuild has bundled, with the package left outside; and one that was bundled with it, by mistake.

import { join } from "node:path";
import { CommandFailure, packageProgram, run } from "../../setup/run.mjs";
import { Stop } from "../../setup/steps.mjs";
import { runIn } from "./application.mjs";
import { withBroker } from "./broker.mjs";

export async function bundled(folder) {
  await withBroker(async (env) => {
    for (const [format, file] of [
      ["esm", "bundle/service.mjs"],
      ["cjs", "bundle/service.cjs"],
    ]) {
      await bundle(folder, format, file, ["--external:mqtt-native"]);
      const output = await runIn(folder, [process.execPath, file], { env });
      if (output !== "passed: bundle\n") throw new Stop(`${file} printed\n${output}`);
    }
  });
  for (const [format, file] of [
    ["esm", "bundle/mistaken.mjs"],
    ["cjs", "bundle/mistaken.cjs"],
  ]) {
    await bundle(folder, format, file, ["--log-level=error"]);
    const failure = await runIn(folder, [process.execPath, file]).catch((error) => error);
    if (!(failure instanceof CommandFailure) || !failure.output.includes("mark mqtt-native as external"))
      throw new Stop(`${file}, which is bundled by mistake, does not say so: ${failure.output ?? failure}`);
  }
  return "esbuild: modules, CommonJS";
}

const bundle = (folder, format, file, options) =>
  run(packageProgram("esbuild"), [
    ...[join(folder, "service.mjs"), "--bundle", "--platform=node", `--format=${format}`],
    ...[`--outfile=${join(folder, file)}`, ...options],
  ]);
