import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "mqtt-native";
import { freePort, onFreePorts } from "../../../scripts/services.mjs";
import { type TransportName, transports } from "../terms.ts";
import type { BrokerKind, BrokerProcess, Workspace } from "./kind.ts";
import { ServerProcess } from "./process.ts";

/** Milliseconds that a broker may take to accept connections. */
const START = 60_000;

/** A broker of our own: free ports, a folder of its own, and nothing left at the end. */
export class RunningBroker implements BrokerProcess, AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly kind: BrokerKind;
  readonly #workspace: Workspace;
  readonly #companion: ServerProcess | undefined;
  #process: ServerProcess;

  /** Resolves when the broker accepts connections. */
  static start(kind: BrokerKind): Promise<RunningBroker> {
    return onFreePorts(async () => {
      const directory = await mkdtemp(join(tmpdir(), `mqtt-native-${kind.name}-`));
      const [tcp, websocket, other, epmd] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
      const broker = new RunningBroker(kind, {
        directory,
        ports: { tcp: tcp!, websocket: websocket!, other: other!, epmd: epmd! },
      });
      try {
        await broker.#accepting();
        return broker;
      } catch (error) {
        await broker[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  private constructor(kind: BrokerKind, workspace: Workspace) {
    this.kind = kind;
    this.#workspace = workspace;
    process.once("exit", this.#abandon);
    kind.configure(workspace);
    this.#companion = kind.companion && new ServerProcess(kind.companion(workspace), workspace.directory);
    this.#process = this.#begin();
  }

  get directory(): string {
    return this.#workspace.directory;
  }

  port(transport: TransportName): number {
    return this.#workspace.ports[transport];
  }

  /** The URL of the broker, or of a relay to it on another port. */
  url(transport: TransportName, port = this.port(transport)): string {
    const { path = "/mqtt" } = this.kind;
    return transport === "tcp" ? `mqtt://${this.host}:${port}` : `ws://${this.host}:${port}${path}`;
  }

  log(): string {
    return this.#process.log();
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.signal(signal);
  }

  /** Writes to disk what has been acknowledged. */
  async save(): Promise<void> {
    await this.kind.save?.(this);
  }

  /** Ends the process outright, and starts another one on the same ports with the same data. */
  async restart(): Promise<void> {
    await this.#process.kill();
    this.#process = this.#begin();
    await this.#accepting();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await this.#companion?.stop();
    process.off("exit", this.#abandon);
    await rm(this.directory, { recursive: true, force: true });
  }

  #begin(): ServerProcess {
    return new ServerProcess(this.kind.command(this.#workspace), this.directory);
  }

  async #accepting(): Promise<void> {
    const deadline = performance.now() + START;
    for (const transport of transports) {
      while (!(await this.#accepts(transport))) {
        if (this.#process.ended || performance.now() > deadline)
          throw new Error(`${this.kind.title} does not start:\n${this.log().slice(-2_000)}`);
        await delay(50);
      }
    }
  }

  /** Some brokers listen before they can do anything with a connection. */
  async #accepts(transport: TransportName): Promise<boolean> {
    const options = { ...this.kind.credentials, timeout: 2 };
    try {
      await using _client = await Client.connect(this.url(transport), options);
      return true;
    } catch {
      return false;
    }
  }

  /** Removes the files when our own process ends early. */
  #abandon = () => rmSync(this.directory, { recursive: true, force: true });
}
