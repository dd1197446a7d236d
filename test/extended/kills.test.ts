// Two clients outlive a broker that is killed and started again, while messages flow in both directions.

import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client, MqttError, ProtocolVersion } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { KilledMosquitto } from "../support/killed-mosquitto.ts";
import { Relay } from "../support/relay.ts";
import { seconds } from "./effort.ts";

/** 50 kills in `npm run test:extended`. */
const KILLS = Math.min(50, Math.max(3, seconds));
/** Calls of one client that are under way at each QoS. */
const LANES = 5;

type QoS = 0 | 1 | 2;

interface Sent {
  readonly qos: QoS;
  outcome: "pending" | "resolved" | MqttError;
}

/** A client that publishes at each QoS and counts the messages of its peer. */
class Talker {
  readonly client: Client;
  readonly sent = new Map<string, Sent>();
  readonly received = new Map<string, number>();
  readonly name: string;
  #isOver = false;
  readonly #lanes: Promise<void>[] = [];
  readonly #reading: Promise<void>;

  constructor(url: string, name: string) {
    this.name = name;
    this.client = new Client(url, {
      identifier: name,
      protocol: ProtocolVersion.V5,
      cleanStart: false, // mosquitto 2.0.11 does not save sessions that began with Clean Start
      reconnect: { minDelay: 0.05, maxDelay: 0.2 },
    });
    this.client.pendingCallsThreshold = Number.POSITIVE_INFINITY;
    this.#reading = this.#read();
  }

  async begin(peer: string): Promise<void> {
    await this.client.connect();
    await this.client.subscribe([`${peer}/#`, "probe"], { qos: 2 });
  }

  talk(): void {
    for (const qos of [0, 1, 2] as const)
      for (let lane = 0; lane < LANES; lane++) this.#lanes.push(this.#publish(qos, lane));
  }

  /** Resolves when every publish has settled. */
  async silence(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  async end(): Promise<void> {
    await this.client.disconnect();
    await this.#reading;
  }

  async #publish(qos: QoS, lane: number): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      const text = `${this.name}/${qos}/${lane}/${number}`;
      const sent: Sent = { qos, outcome: "pending" };
      this.sent.set(text, sent);
      try {
        await this.client.publish(`${this.name}/${qos}`, text, { qos });
        sent.outcome = "resolved";
      } catch (error) {
        if (!(error instanceof MqttError)) throw error;
        sent.outcome = error;
      }
      if (qos === 0) await delay(2);
    }
  }

  async #read(): Promise<void> {
    for await (const message of this.client.messages) {
      const text = message.text();
      this.received.set(text, (this.received.get(text) ?? 0) + 1);
    }
  }
}

/** Has two clients talk over `kills` kills of a broker. `kill` ends the broker and starts it again. */
async function talkOverKills(
  url: string,
  kill: (talkers: readonly Talker[]) => Promise<void>,
): Promise<[Talker, Talker]> {
  const one = new Talker(url, "one");
  const two = new Talker(url, "two");
  await one.begin("two");
  await two.begin("one");
  for (const talker of [one, two]) talker.talk();
  for (let round = 1; round <= KILLS; round++) {
    await delay(Math.random() * 100);
    await kill([one, two]);
    await Promise.all([one.client.ready({ timeout: 10 }), two.client.ready({ timeout: 10 })]);
    // The subscriptions are there again.
    await one.client.publish("probe", `probe ${round}`, { qos: 1 });
    for (const { received } of [one, two])
      await eventually(() => expect(received.get(`probe ${round}`)).toBeGreaterThan(0));
  }
  await Promise.all([one.silence(), two.silence()]);
  return [one, two];
}

/** Resolves when the broker has processed everything that these clients have written. */
async function processed(url: string, talkers: readonly Talker[]): Promise<void> {
  await using observer = await Client.connect(url);
  await observer.subscribe("marker");
  for (const { client } of talkers) await client.publish("marker");
  for (const _talker of talkers) await observer.messages.next({ timeout: 10 });
}

interface Count {
  resolved: number;
  rejected: MqttError[];
  lost: string[];
  doubled: string[];
}

/** Counts the messages of one QoS from one client to the other. Lost ones are those that had resolved. */
function count(from: Talker, to: Talker, qos: QoS): Count {
  const result: Count = { resolved: 0, rejected: [], lost: [], doubled: [] };
  for (const [text, sent] of from.sent) {
    if (sent.qos !== qos) continue;
    expect(sent.outcome).not.toBe("pending");
    const times = to.received.get(text) ?? 0;
    if (times > 1) result.doubled.push(text);
    if (sent.outcome !== "resolved") result.rejected.push(sent.outcome as MqttError);
    else if (++result.resolved && times === 0) result.lost.push(text);
  }
  return result;
}

const pairs = ([one, two]: [Talker, Talker]): [Talker, Talker][] => [
  [one, two],
  [two, one],
];

test("a broker that keeps its sessions is killed: nothing of QoS 1 and 2 is lost, nothing of QoS 2 doubled", async () => {
  await using broker = await KilledMosquitto.start({ persistence: true });
  await using relay = await Relay.to(broker);
  const talkers = await talkOverKills(relay.url, async (all) => {
    // Its clients get nothing that is later than the save. But the broker gets all PUBCOMPs before the save, because
    // mosquitto 2.0.11 begins again with PUBLISH where it had been waiting for a PUBCOMP.
    relay.muteBroker();
    await delay(50);
    await processed(broker.url, all);
    relay.freeze();
    await broker.save();
    await broker.kill();
    relay.cut();
    await broker.restart();
  });
  for (const [from, to] of pairs(talkers)) {
    await eventually(() => {
      expect(count(from, to, 1)).toMatchObject({ rejected: [], lost: [] });
      expect(count(from, to, 2)).toMatchObject({ rejected: [], lost: [], doubled: [] });
    });
    expect(count(from, to, 1).resolved).toBeGreaterThan(KILLS);
    expect(count(from, to, 2).resolved).toBeGreaterThan(KILLS);
  }
  await Promise.all(talkers.map((talker) => talker.end()));
}, 300_000);

test("a broker that forgets its sessions is killed: QoS 1 resolves, QoS 2 may be SESSION_LOST and is not doubled", async () => {
  await using broker = await KilledMosquitto.start({ persistence: false });
  const talkers = await talkOverKills(broker.url, async () => {
    await broker.kill();
    await broker.restart();
  });
  for (const [from, to] of pairs(talkers)) {
    // A message may have reached the broker before its subscriber came back, so not every resolved one has arrived.
    expect(count(from, to, 1).rejected).toEqual([]);
    expect(count(from, to, 1).resolved).toBeGreaterThan(KILLS);
    const { rejected, doubled } = count(from, to, 2);
    expect(doubled).toEqual([]);
    for (const error of rejected) expect(error).toMatchObject({ code: "SESSION_LOST", sent: true });
  }
  await Promise.all(talkers.map((talker) => talker.end()));
}, 300_000);
