import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../lib/index.ts";
import { freePort, program } from "../../scripts/services.mjs";
import { ServerProcess } from "../brokers/brokers/process.ts";

/** Debian's /usr/sbin/rabbitmq-server becomes the user "rabbitmq", who may not read a folder of ours. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/** Milliseconds that a node may take to start. */
const START = 120_000;

interface Ports {
  readonly mqtt: number;
  readonly distribution: number;
}

/** A cluster of RabbitMQ nodes on loopback, with an Erlang name daemon of its own. Sessions are in quorum queues. */
export class RabbitmqCluster implements AsyncDisposable {
  /** The URLs of the nodes. */
  readonly urls: string[];
  readonly #directory: string;
  readonly #epmd: ServerProcess;
  readonly #nodes: ServerProcess[] = [];
  readonly #commands: (() => ServerProcess)[];

  /** Starts so many nodes. Resolves when each of them accepts connections. */
  static async start(count: number): Promise<RabbitmqCluster> {
    const directory = await mkdtemp(join(tmpdir(), "mqtt-native-cluster-"));
    const ports: Ports[] = [];
    for (let node = 0; node < count; node++)
      ports.push({ mqtt: await freePort(), distribution: await freePort() });
    const cluster = new RabbitmqCluster(directory, ports, await freePort());
    try {
      await cluster.#begin();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(directory: string, ports: readonly Ports[], epmdPort: number) {
    this.#directory = directory;
    this.urls = ports.map(({ mqtt }) => `mqtt://127.0.0.1:${mqtt}`);
    const home = join(directory, "home");
    mkdirSync(home);
    writeFileSync(join(home, ".erlang.cookie"), "cluster-of-a-test", { mode: 0o400 });
    const epmd = { HOME: home, ERL_EPMD_PORT: `${epmdPort}`, ERL_EPMD_ADDRESS: "127.0.0.1" };
    this.#epmd = new ServerProcess(
      { program: program("epmd", "erlang-base"), args: [], env: epmd },
      directory,
    );
    const names = ports.map((_port, index) => `node${index}@localhost`);
    this.#commands = ports.map(({ mqtt, distribution }, index) => {
      const folder = join(directory, `node${index}`);
      mkdirSync(folder);
      configure(folder, mqtt, names);
      const env = {
        ...epmd,
        RUNNING_UNDER_SYSTEMD: "true", // the script then becomes Erlang, instead of waiting for it
        RABBITMQ_CONF_ENV_FILE: join(folder, "environment"),
        RABBITMQ_NODENAME: names[index],
        RABBITMQ_DIST_PORT: `${distribution}`,
        RABBITMQ_MNESIA_BASE: join(folder, "data"),
        RABBITMQ_LOG_BASE: join(folder, "log"),
        RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
        RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, "advanced.config"),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
        RABBITMQ_FEATURE_FLAGS_FILE: join(folder, "feature_flags"),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1} +S 1",
      };
      return () => new ServerProcess({ program: SERVER, args: [], env }, folder);
    });
  }

  /** Kills one node. */
  async kill(index: number): Promise<void> {
    await this.#nodes[index]?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.#epmd.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Starts one node after the other, because nodes that start together may wait for each other. */
  async #begin(): Promise<void> {
    for (const [index, url] of this.urls.entries()) {
      const node = this.#commands[index]?.();
      if (node === undefined) continue;
      this.#nodes.push(node);
      const deadline = performance.now() + START;
      while (!(await accepts(url, index))) {
        if (node.ended || performance.now() > deadline)
          throw new Error(`RabbitMQ's node ${index} does not start:\n${node.log().slice(-2_000)}`);
        await delay(100);
      }
    }
  }
}

function configure(folder: string, port: number, names: readonly string[]): void {
  const lines = [
    "listeners.tcp = none",
    `mqtt.listeners.tcp.1 = 127.0.0.1:${port}`,
    "mqtt.allow_anonymous = true",
    "mqtt.default_user = guest",
    "mqtt.default_pass = guest",
    "mqtt.durable_queue_type = quorum",
    "cluster_formation.peer_discovery_backend = classic_config",
    ...names.map((name, index) => `cluster_formation.classic_config.nodes.${index + 1} = ${name}`),
    "log.console = true",
    "log.console.level = warning",
    "log.file = false",
  ];
  writeFileSync(join(folder, "rabbitmq.conf"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "enabled_plugins"), "[rabbitmq_mqtt].\n");
  writeFileSync(join(folder, "environment"), "");
}

/** A node listens before it can do anything with a connection. */
async function accepts(url: string, index: number): Promise<boolean> {
  try {
    await using client = await Client.connect(url, { identifier: `probe${index}`, timeout: 5 });
    await client.subscribe("probe", { qos: 1, timeout: 5 });
    return true;
  } catch {
    return false;
  }
}
