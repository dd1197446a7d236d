// Where there is no binary, the error says how to build one. So this does what it says.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { CommandFailure } from "../../setup/run.mjs";
import { Stop } from "../../setup/steps.mjs";
import { install, runIn } from "./application.mjs";
import { withBroker } from "./broker.mjs";

export async function fromSource() {
  const folder = await install();
  rmSync(join(folder, "node_modules/mqtt-native/prebuilds"), { recursive: true });
  const { output: diagnosis = "nothing" } = await captureFailure(folder, [process.execPath, "module.mjs"]);
  const [, script] = /^ {2}node "(.+)"$/m.exec(diagnosis) ?? [];
  if (!script) throw new Stop(`Without a binary, the error does not say how to build one: ${diagnosis}`);
  const { output: missing = "nothing" } = await captureFailure(folder, [process.execPath, script]);
  if (!missing.includes("Not found: CMake"))
    throw new Stop(`Without compilers, a build does not say what is missing: ${missing}`);
  await runIn(folder, [process.execPath, script], { compilers: true });
  await withBroker((env) => runIn(folder, [process.execPath, "module.mjs"], { env }));
}

async function captureFailure(folder, command) {
  const failure = await runIn(folder, command).catch((error) => error);
  if (!(failure instanceof CommandFailure)) throw new Stop(`${command.join(" ")} should have failed`);
  return failure;
}
