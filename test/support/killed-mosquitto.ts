import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Broker } from "../../scripts/broker.mjs";
import { freePort, onFreePorts } from "../../scripts/services.mjs";
import { eventually } from "./eventually.ts";
import { startMosquitto } from "./mosquitto.ts";

/**
 * A mosquitto that can be killed and started again on its port:
 *
 *     await using broker = await KilledMosquitto.start({ persistence: true });
 *     await broker.save(); // otherwise a kill takes the broker back to its last save
 *     await broker.kill();
 *     await broker.restart();
 */
export class KilledMosquitto implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly port: number;
  readonly url: string;
  readonly #directory: string;
  readonly #config: readonly string[];
  #broker: Broker;

  static async start({ persistence }: { persistence: boolean }): Promise<KilledMosquitto> {
    const directory = await mkdtemp(join(tmpdir(), "mqtt-native-persistence-"));
    // Nothing is dropped, and nothing waits in the broker for Nagle's algorithm.
    const config = ["max_queued_messages 0", "max_inflight_messages 0", "set_tcp_nodelay true"];
    if (persistence) config.push("persistence true", `persistence_location ${directory}/`);
    return onFreePorts(async () => {
      const port = await freePort();
      return new KilledMosquitto(await startMosquitto({ port, config }), directory, config);
    });
  }

  private constructor(broker: Broker, directory: string, config: readonly string[]) {
    this.#broker = broker;
    this.#directory = directory;
    this.#config = config;
    this.port = broker.port;
    this.url = broker.url;
  }

  /** Writes the sessions to the disk. */
  async save(): Promise<void> {
    const file = join(this.#directory, "mosquitto.db");
    // Mosquitto writes a new file, and renames it at the end.
    const inode = async () => (await stat(file).catch(() => undefined))?.ino;
    const before = await inode();
    this.#broker.kill("SIGUSR1");
    await eventually(async () => {
      const now = await inode();
      if (now === undefined || now === before) throw new Error("mosquitto has not saved its sessions");
    });
  }

  /** Kills the process with SIGKILL, and waits for its end. */
  async kill(): Promise<void> {
    this.#broker.kill("SIGKILL");
    await this.#broker.exited;
  }

  /** Starts a new process, with what the last one has saved. */
  async restart(): Promise<void> {
    await this.#broker.stop();
    this.#broker = await startMosquitto({ port: this.port, config: this.#config });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
