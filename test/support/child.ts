import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Whether this process and its children run under sanitizers, which are preloaded. */
export const SANITIZED: boolean = process.env["LD_PRELOAD"] !== undefined;

/** Milliseconds that a process may take to end. They include the scan of all memory by LeakSanitizer. */
export const AT_ONCE: number = SANITIZED ? 30_000 : 1_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stderr: string;
  /** The lines of its standard output. */
  lines: string[];
  /** Milliseconds between its last line and its end. */
  afterLastLine: number;
}

/** Runs a script of test/integration/children with Node until it ends. */
export function runChild(
  script: string,
  args: string[],
  nodeOptions: string[] = [],
  env: NodeJS.ProcessEnv = {},
  wrapper: string[] = [],
): Promise<Ended> {
  const url = new URL(`../integration/children/${script}`, import.meta.url);
  return runScript(url, args, nodeOptions, env, wrapper);
}

/**
 * Runs any script with Node until it ends. `wrapper` is a command that gets the command line of Node as its last
 * arguments.
 */
export async function runScript(
  script: URL,
  args: string[],
  nodeOptions: string[] = [],
  env: NodeJS.ProcessEnv = {},
  wrapper: string[] = [],
): Promise<Ended> {
  const path = fileURLToPath(script);
  const [command = process.execPath, ...rest] = [...wrapper, process.execPath, ...nodeOptions, path, ...args];
  const child = spawn(command, rest, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const stopAtEnd = () => child.kill("SIGKILL");
  process.once("exit", stopAtEnd);
  const ended = await observe(child);
  process.off("exit", stopAtEnd);
  return ended;
}

async function observe(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  let lastLineAt = performance.now();
  let endedAt = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    lastLineAt = performance.now();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.once("exit", () => {
    endedAt = performance.now();
  });
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { code, signal, stderr, lines, afterLastLine: endedAt - lastLineAt };
}
