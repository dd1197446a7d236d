import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { boundToThisProcess, program } from "../../scripts/services.mjs";

/** The end of a program and its output. */
export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A running program. */
export interface Running {
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when standard output or error matches. */
  said(pattern: RegExp): Promise<void>;
  ended: Promise<Outcome>;
}

export interface ProgramOptions {
  /** The whole standard input. Default: none. */
  stdin?: string | Uint8Array | undefined;
  /** Whether the test writes and ends the standard input. */
  isOpen?: boolean;
  env?: NodeJS.ProcessEnv | undefined;
}

/** The command of this package, and one of mosquitto's clients. */
export const ours = (command: string): string[] => [
  process.execPath,
  fileURLToPath(new URL("../../dist/cli/bin.js", import.meta.url)),
  command,
];
export const theirs = (command: string): string[] => [program(`mosquitto_${command}`, "mosquitto-clients")];

/** Why the comparison with mosquitto's clients cannot be made; undefined if it can. */
export function findMissingClients(): string | undefined {
  try {
    theirs("pub");
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** Starts a program. It ends with this process at the latest. */
export function start(commandLine: readonly string[], { stdin, isOpen, env }: ProgramOptions = {}): Running {
  const [first = "", ...rest] = commandLine;
  const [command, args] = boundToThisProcess(first, rest);
  const child = spawn(command, args, {
    stdio: [stdin === undefined && !isOpen ? "ignore" : "pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const output = { stdout: "", stderr: "" };
  // Latin-1 keeps each byte.
  child.stdout?.setEncoding("latin1").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding("latin1").on("data", (text: string) => {
    output.stderr += text;
  });
  child.stdin?.on("error", () => {});
  if (!isOpen) child.stdin?.end(stdin);
  let hasEnded = false;
  const ended = once(child, "close").then(([code, signal]): Outcome => {
    hasEnded = true;
    return { code, signal, ...output };
  });
  return {
    pid: child.pid,
    stdin: child.stdin,
    kill: (signal) => child.kill(signal),
    async said(pattern) {
      while (!pattern.test(output.stdout + output.stderr)) {
        if (hasEnded) throw new Error(`ended without saying ${pattern}: ${JSON.stringify(output)}`);
        const data = [child.stdout, child.stderr].map((stream) => stream && once(stream, "data"));
        await Promise.race([...data, ended]);
      }
    },
    ended,
  };
}

/** Splits a command line as a shell does, with single quotes only. */
export const splitWords = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
