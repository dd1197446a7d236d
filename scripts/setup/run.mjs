// Running other programs: quietly, or with our own terminal.

import { spawn } from "node:child_process";
import { constants } from "node:os";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A program that did not succeed: its command line and its output. */
export class CommandFailure extends Error {
  constructor(command, args, reason, output) {
    super(`${basename(command)}: ${reason}`);
    this.commandLine = [command, ...args].join(" ");
    this.output = output.trimEnd();
  }
}

/**
 * Runs a program, quietly, and resolves with its output; rejects with a CommandFailure. `cwd` is relative to the root,
 * `env` adds to our environment, and after `timeout` milliseconds the program is ended.
 */
export async function run(command, args = [], { cwd = ".", env, timeout } = {}) {
  const child = start(command, args, { cwd, env, timeout, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  }
  return settle(child, command, args, () => output);
}

/** Runs a program that prints for itself; rejects with a CommandFailure. */
export async function show(command, args = [], { env } = {}) {
  await settle(
    start(command, args, { env, stdio: ["ignore", "inherit", "inherit"] }),
    command,
    args,
    () => "",
  );
}

/** Lets a Node program take over: its terminal is ours, its end is our end. */
export async function becomeNode(script, args, { nodeOptions = [] } = {}) {
  const child = start(process.execPath, [...nodeOptions, script, ...args], { stdio: "inherit" });
  // The terminal sends Ctrl-C to both of us, and the program decides what it means; a plain SIGTERM reaches only us.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject).once("exit", (...end) => resolve(end));
  });
  process.exitCode = code ?? 128 + constants.signals[signal];
}

/** A program that an npm package brought. */
export const packageProgram = (name) => `node_modules/.bin/${name}`;

/** Runs a version of TypeScript's compiler, quietly. `.bin` has only one of the two that are installed. */
export const compile = (args, version = "typescript") =>
  run(process.execPath, [`node_modules/${version}/bin/tsc`, ...args]);

function start(command, args, { cwd = ".", env, ...options }) {
  return spawn(command, args, { cwd: resolve(root, cwd), env: { ...process.env, ...env }, ...options });
}

function settle(child, command, args, output) {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new CommandFailure(command, args, error.message, output())));
    child.once("close", (code, signal) => {
      if (code === 0) resolve(output());
      else reject(new CommandFailure(command, args, signal ?? `exit code ${code}`, output()));
    });
  });
}
