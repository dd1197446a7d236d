import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { boundToThisProcess, freePort, onFreePorts, program } from "../../scripts/services.mjs";

export interface ServiceDescription {
  program: string;
  /** The Debian package with the program; by default it has the same name. */
  package?: string;
  /** The arguments that start it in the foreground. The directory is removed at the end. */
  arguments: (port: number, directory: string) => string[];
  /** The content of the file "configuration" in that directory. */
  configuration?: (port: number, directory: string) => string;
}

/** A server of another project, in the foreground on a free loopback port, until the test ends. */
export class Service implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #directory: string;
  readonly #exited: Promise<unknown>;
  #log = "";
  #ended = false;

  /** Resolves when the server accepts connections. */
  static start(description: ServiceDescription): Promise<Service> {
    return onFreePorts(async () => {
      const port = await freePort();
      const directory = await mkdtemp(join(tmpdir(), "mqtt-native-service-"));
      const { configuration } = description;
      if (configuration) await writeFile(join(directory, "configuration"), configuration(port, directory));
      const service = new Service(description, port, directory);
      try {
        await service.#accepting();
        return service;
      } catch (error) {
        await service[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  private constructor(description: ServiceDescription, port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
    const path = program(description.program, description.package);
    const [command, arguments_] = boundToThisProcess(path, description.arguments(port, directory));
    this.#process = spawn(command, arguments_, { stdio: ["ignore", "pipe", "pipe"] });
    for (const output of [this.#process.stdout, this.#process.stderr])
      output?.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    const ended = () => {
      this.#ended = true;
    };
    this.#exited = once(this.#process, "close").then(ended, ended);
    process.once("exit", this.#abandon);
  }

  /** The output so far. */
  log(): string {
    return this.#log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await Promise.race([this.#exited, delay(2_000, undefined, { ref: false })]);
    this.#process.kill("SIGKILL");
    await this.#exited;
    process.off("exit", this.#abandon);
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #accepting(): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!(await accepts(this.port, this.host))) {
      if (this.#ended || performance.now() > deadline) throw new Error(`does not start:\n${this.#log}`);
      await delay(5);
    }
  }

  /** The clean-up that is possible when this process exits. */
  #abandon = () => {
    this.#process.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  };
}

async function accepts(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
