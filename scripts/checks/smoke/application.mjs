// An application of the package: a folder outside of this repository with the tarball installed. The installation has
// no scripts and no network, and nothing but Node in the PATH.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { root, run } from "../../setup/run.mjs";
import { packed } from "../package.mjs";

const patience = 15 * 60_000; // a machine may be slow, but a program that hangs must end
let base;

/** The npm in our PATH, as a command. */
export const npm = [process.execPath, programInPath("npm")];

const npmInstall = [...npm, "install", "--ignore-scripts", "--offline", "--no-audit", "--no-fund"];

/**
 * Creates an application and resolves with its folder. It has the smoke test's programs, `files` (contents by path),
 * and the package under each of the names in `packages`.
 */
export async function install({ command = npmInstall, packages = ["mqtt-native"], files = {} } = {}) {
  const folder = mkdtempSync(join(baseFolder(), "application-"));
  cpSync(join(root, "test/smoke/programs"), folder, { recursive: true });
  const dependencies = Object.fromEntries(packages.map((name) => [name, `file:${packed()}`]));
  const manifest = { private: true, dependencies };
  for (const [name, text] of Object.entries({ "package.json": JSON.stringify(manifest), ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  await runIn(folder, command);
  return folder;
}

/** Runs something as a user of the application would; resolves with all that it printed. */
export function runIn(folder, [command, ...args], { env, compilers = false } = {}) {
  const PATH = compilers ? process.env.PATH : join(baseFolder(), "bin");
  // Neither settings nor caches of ours: package managers find an empty home.
  const HOME = join(baseFolder(), "home");
  return run(findProgram(command), args, { cwd: folder, env: { ...env, PATH, HOME }, timeout: patience });
}

function baseFolder() {
  if (base) return base;
  base = mkdtempSync(join(tmpdir(), "mqtt-native-smoke-"));
  process.once("exit", () => rmSync(base, { recursive: true, force: true }));
  mkdirSync(join(base, "bin"));
  mkdirSync(join(base, "home"));
  symlinkSync(process.execPath, join(base, "bin/node"));
  return base;
}

const findProgram = (command) => (command.includes("/") ? command : programInPath(command));

function programInPath(name) {
  const folder = process.env.PATH.split(delimiter).find((folder) => existsSync(join(folder, name)));
  if (!folder) throw new Error(`There is no ${name} in the PATH`);
  return realpathSync(join(folder, name));
}
