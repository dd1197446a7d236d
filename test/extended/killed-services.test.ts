// Services with a slow database are killed again and again. Each of them has a session that outlives its process.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { Random } from "../support/random.ts";
import { WindowedBroker } from "../support/windowed-broker.ts";
import { again, seconds, seed } from "./effort.ts";
import { findLedgerFaults, readLedger } from "./ledger.ts";

/** 100 kills in `npm run test:extended`. */
const KILLS = seconds >= 60 ? 100 : 10;
/** The messages that wait for a service when its process starts. */
const BACKLOG = 60;
/** The messages of a batch, as in `children/service.mjs`. */
const BATCH = 5;

interface Service {
  readonly name: string;
  readonly url: string;
  readonly filter: string;
  readonly source: "messages" | "stream";
  readonly qos: 1 | 2;
  readonly options: ClientOptions;
  readonly file: string;
  /** The messages that may be in flight on the side of the broker. */
  readonly window: number;
}

/** A broker with messages for services. */
interface Supply {
  /** Whether it may send messages of QoS 2 again after it has released them. */
  readonly forgetsReleases: boolean;
  send(service: Service, number: number): Promise<unknown> | undefined;
  /** Resolves when the broker has processed everything that a killed process has written. */
  settle(): Promise<void>;
}

/** Makes one service of each kind. `windows`: bounds of unacknowledged messages. */
function makeServices(url: string, directory: string, windows: readonly number[]): Service[] {
  return [ProtocolVersion.V311, ProtocolVersion.V5].flatMap((protocol) =>
    ([1, 2] as const).flatMap((qos) =>
      (["processed", "manual"] as const).flatMap((acknowledge) =>
        (["messages", "stream"] as const).flatMap((source) =>
          windows.map((window) => {
            const name = `${protocol}-${qos}-${acknowledge}-${source}-${window}`;
            const session =
              protocol === ProtocolVersion.V5
                ? {
                    cleanStart: false,
                    receiveMaximum: window,
                    properties: { sessionExpiryInterval: 3_600 },
                  }
                : { cleanSession: false };
            const options = { protocol, identifier: name, acknowledge, timeout: 60, ...session };
            const file = join(directory, name);
            return { name, url, filter: `work/${name}`, source, qos, options, file, window };
          }),
        ),
      ),
    ),
  );
}

const isBatched = ({ options }: Service): boolean => options.acknowledge === "manual";

/** Starts a process with all services. */
function start(life: number, services: readonly Service[]): ChildProcess {
  const path = fileURLToPath(new URL("children/service.mjs", import.meta.url));
  const args = [path, `${life}`, `${seed + life}`, JSON.stringify(services)];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** Kills a process at a random moment, in most cases after all services have connected. */
async function killLater(child: ChildProcess, random: Random): Promise<void> {
  const exit = once(child, "exit");
  if (random.next() < 0.2) await delay(random.below(400));
  else {
    await Promise.race([once(child, "message"), exit]);
    await delay(random.below(300));
  }
  expect(child.exitCode).toBeNull();
  child.kill("SIGKILL");
  await exit;
}

/** Runs the services in one process after the other. `check` is called after each kill. */
async function runKilled(
  services: readonly Service[],
  supply: Supply,
  check: (service: Service, stored: readonly { number: number; batch: number }[]) => string[] = () => [],
): Promise<void> {
  const random = new Random(seed);
  const sent = new Map<Service, number>(services.map((service) => [service, 0]));
  const faults = new Map<string, string[]>();
  const note = (service: Service, found: string[]) => {
    if (found.length > 0) faults.set(service.name, found);
  };
  for (const service of services) await writeFile(service.file, "");
  for (let life = 0; life <= KILLS; life++) {
    const sending: (Promise<unknown> | undefined)[] = [];
    for (const service of services) {
      const stored = new Set(readLedger(service.file).map(({ number }) => number)).size;
      let number = sent.get(service) ?? 0;
      for (; number < stored + BACKLOG; number++) sending.push(supply.send(service, number));
      sent.set(service, number);
    }
    await Promise.all(sending);
    const child = start(life, services);
    if (life < KILLS) await killLater(child, random);
    else await finish(child, services, sent);
    await supply.settle();
    for (const service of services) {
      const entries = readLedger(service.file);
      const forgetsReleases = supply.forgetsReleases && service.qos === 2;
      note(service, [...findLedgerFaults(entries, forgetsReleases), ...check(service, entries)]);
    }
    expect(Object.fromEntries(faults), `process ${life}; ${again(seed)}`).toEqual({});
  }
  report(services);
}

/** Lets the last process store everything, and end by itself. */
async function finish(
  child: ChildProcess,
  services: readonly Service[],
  sent: Map<Service, number>,
): Promise<void> {
  const exit = once(child, "exit");
  await eventually(() => {
    for (const service of services) {
      const numbers = new Set(readLedger(service.file).map(({ number }) => number));
      expect(numbers.size, service.name).toBe(sent.get(service));
    }
  }, 60_000);
  child.send("stop");
  expect(await exit).toEqual([0, null]);
}

function report(services: readonly Service[]): void {
  for (const batched of [false, true]) {
    const entries = services
      .filter((each) => isBatched(each) === batched)
      .map(({ file }) => readLedger(file));
    const stored = entries.reduce((sum, { length }) => sum + length, 0);
    const once = entries.reduce((sum, each) => sum + new Set(each.map(({ number }) => number)).size, 0);
    console.log(
      `${batched ? "manual" : "processed"}: ${KILLS} kills, ${entries.length} services, ${once} messages, ${stored - once} seen twice`,
    );
  }
}

test("killed services of mosquitto lose no message, and see at most the last body or batch twice", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-services-"));
  await using broker = await startMosquitto({ config: ["max_queued_messages 0", "max_inflight_messages 0"] });
  await using publisher = await Client.connect(broker.url);
  const services = makeServices(broker.url, directory, [1, 20, 1_000]);
  for (const { filter, qos, options } of services) {
    await using client = await Client.connect(broker.url, options);
    await client.subscribe(filter, { qos });
  }
  publisher.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  await runKilled(services, {
    forgetsReleases: true,
    send: ({ filter, qos }, number) => publisher.publish(filter, number, { qos }),
    // A connection after that of the process, with an answer: mosquitto serves them in turn.
    settle: async () => {
      await publisher.publish("marker", "", { qos: 1 });
    },
  });
  await rm(directory, { recursive: true });
}, 600_000);

test("killed services acknowledge nothing that they have not stored, whatever the Receive Maximum", async () => {
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-services-"));
  await using broker = await WindowedBroker.start();
  const services = makeServices(broker.url, directory, [1, 2, 7, 65_535]);
  for (const { name, filter, window } of services) broker.open(name, { topic: filter, window });
  await runKilled(
    services,
    {
      forgetsReleases: false,
      send: ({ name, qos }, number) => {
        broker.send(name, `${number}`, qos);
        return undefined;
      },
      settle: () => broker.idle(),
    },
    (service, stored) => {
      const acknowledged = new Set(broker.acknowledged(service.name).map(Number));
      const numbers = new Set(stored.map(({ number }) => number));
      const early = [...acknowledged].filter((number) => !numbers.has(number));
      const late = [...numbers].filter((number) => !acknowledged.has(number));
      const faults = early.map((number) => `${number} was acknowledged, and is not stored`);
      const most = isBatched(service) ? BATCH : 1;
      return late.length > most ? [...faults, `${late} are stored, and not acknowledged`] : faults;
    },
  );
  expect(broker.faults).toEqual([]);
  await rm(directory, { recursive: true });
}, 600_000);
