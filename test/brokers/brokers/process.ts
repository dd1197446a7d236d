import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { boundToThisProcess } from "../../../scripts/services.mjs";
import type { Command } from "./kind.ts";

/** Milliseconds that a process may take to end after SIGTERM. */
const GRACE = 5_000;

/** A server process that ends with ours. */
export class ServerProcess {
  /** Settles when the process has ended, for whatever reason; never rejects. */
  readonly exited: Promise<void>;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  #log = "";
  #ended = false;

  constructor({ program, args, env }: Command, cwd: string) {
    const [command, bound] = boundToThisProcess(program, [...args]);
    this.#process = spawn(command, bound, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const output of [this.#process.stdout, this.#process.stderr])
      output.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    const ended = () => {
      this.#ended = true;
      process.off("exit", this.#abandon);
    };
    this.exited = once(this.#process, "close").then(ended, ended);
    process.once("exit", this.#abandon);
  }

  get ended(): boolean {
    return this.#ended;
  }

  log(): string {
    return this.#log;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the process: in order if it can, within its time. */
  async stop(): Promise<void> {
    this.signal("SIGTERM");
    await Promise.race([this.exited, delay(GRACE, undefined, { ref: false })]);
    await this.kill();
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  #abandon = () => this.signal("SIGKILL");
}
