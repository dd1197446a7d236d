import { expect, test } from "vitest";
import { Client, MqttError, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { Random } from "../support/random.ts";
import { politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

const levels = [0, 1, 2] as const;
const idle = { pendingCalls: 0, queuedOutgoing: 0, inflight: 0 };
const errorCode = (error: unknown) => (error instanceof MqttError ? error.code : error);
const settledAs = (call: Promise<unknown>) => call.then(() => "done", errorCode);

/** How often the broker received each text. */
function arrivals(sessions: readonly ScriptedSession[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { received } of sessions)
    for (const packet of received)
      if (packet.type === "PUBLISH") {
        const text = packet.payload.toString();
        counts.set(text, (counts.get(text) ?? 0) + 1);
      }
  return counts;
}

test.each([
  ["all accepted", Number.POSITIVE_INFINITY],
  ["some refused", 4_000],
])("10 000 publishes at once within every limit each settle once: %s", async (_name, room) => {
  const echo: typeof politeAnswers.PUBLISH = (packet, session) => {
    politeAnswers.PUBLISH(packet, session);
    void session.send(session.packets.publish({ topic: "echo", payload: packet.payload }));
  };
  await using all = await connected(
    { PUBLISH: echo },
    {
      maxQueuedOutgoingMessages: room,
      maxConcurrentOutgoingCalls: 100,
      maxInflightMessages: 15,
      maxQueuedIncomingMessages: 500,
      overflow: "drop-oldest",
      timeout: 60,
    },
  );
  const { client, broker } = all;
  const calls = Array.from({ length: 10_000 }, (_, index) =>
    settledAs(client.publish(`t/${index % 7}`, String(index), { qos: levels[index % 3]! })),
  );
  const outcomes = await Promise.all(calls);
  const done = outcomes.flatMap((outcome, index) => (outcome === "done" ? String(index) : []));
  expect(new Set(outcomes)).toEqual(new Set(room < 10_000 ? ["done", "QUEUE_FULL"] : ["done"]));
  await eventually(() => expect(client.statistics.messagesReceived).toBe(done.length), 15_000);
  expect(client.statistics).toMatchObject({
    ...idle,
    messagesSent: done.length,
    messagesDropped: done.length - 500,
    queuedIncoming: 500,
  });
  expect(arrivals(broker.sessions)).toEqual(new Map(done.map((text) => [text, 1])));
});

/** Makes random calls and records their outcomes. */
class Chaos {
  readonly outcomes: Promise<unknown>[] = [];
  readonly published = new Map<string, { qos: 0 | 1 | 2; outcome: Promise<unknown> }>();
  readonly #client: Client;
  readonly #broker: ScriptedBroker;
  readonly #random: Random;

  constructor(client: Client, broker: ScriptedBroker, seed: number) {
    this.#client = client;
    this.#broker = broker;
    this.#random = new Random(seed);
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      if (this.#random.below(4) === 0)
        await new Promise((resolve) => setTimeout(resolve, this.#random.below(4)));
      this.#step(step);
    }
  }

  #step(step: number): void {
    const dice = this.#random.below(100);
    if (dice < 70) this.#publish(String(step));
    else if (dice < 78) this.#note(this.#client.subscribe(["a", "b/#"], this.#limits()));
    else if (dice < 84) this.#note(this.#client.unsubscribe("a", this.#limits()));
    else if (dice < 90) this.#note(this.#client.messages.next({ ...this.#limits(), timeout: 0.02 }));
    else if (dice < 93) this.#note(this.#client.disconnect({ timeout: this.#random.next() / 50 }));
    else if (dice < 95) this.#broker.sessions.at(-1)?.reset();
    else this.#note(this.#client.connect());
  }

  #publish(text: string): void {
    const qos = this.#random.pick(levels);
    const topic = this.#random.pick(["a", "b/c", "d"]);
    const outcome = this.#note(this.#client.publish(topic, text, { qos, ...this.#limits() }));
    this.published.set(text, { qos, outcome });
  }

  #limits(): { timeout: number; signal?: AbortSignal } {
    const timeout = this.#random.pick([0, 0.001, 0.02, 5]);
    if (this.#random.below(3) > 0) return { timeout };
    const abort = new AbortController();
    setTimeout(() => abort.abort("given up"), this.#random.below(10));
    return { timeout, signal: abort.signal };
  }

  #note(call: Promise<unknown>): Promise<unknown> {
    const outcome = settledAs(call);
    this.outcomes.push(outcome);
    return outcome;
  }
}

const expected = new Set([
  "done",
  "given up",
  "TIMEOUT",
  "ABORTED",
  "NOT_CONNECTED",
  "CONNECTION_LOST",
  "CONNECTION_REFUSED",
  "QUEUE_FULL",
  "REENTRANT",
  "ECONNRESET",
]);

test.each(
  [1, 2, 3, 4, 5, 6].map((seed) => ({
    seed,
    protocol: seed % 2 ? ProtocolVersion.V311 : ProtocolVersion.V5,
  })),
)(
  "aborts, timeouts and disconnects at random (seed $seed, MQTT level $protocol) lose no result",
  async (variant) => {
    const random = new Random(variant.seed * 1_000);
    await using broker = await ScriptedBroker.serving({
      PUBLISH: (packet, session) => {
        if (random.below(5) === 0) setTimeout(() => politeAnswers.PUBLISH(packet, session), random.below(30));
        else politeAnswers.PUBLISH(packet, session);
      },
    });
    const client = new Client("127.0.0.1", broker.port, {
      protocol: variant.protocol,
      maxConcurrentOutgoingCalls: 8,
      maxInflightMessages: 4,
      maxQueuedOutgoingMessages: 40,
      maxQueuedIncomingMessages: 10,
    });
    await client.connect();
    const chaos = new Chaos(client, broker, variant.seed);
    await chaos.run(2_000);
    const outcomes = await Promise.all(chaos.outcomes);
    expect(new Set(outcomes.filter((outcome) => !expected.has(outcome as string)))).toEqual(new Set());
    expect(outcomes.filter((outcome) => outcome === "done").length).toBeGreaterThan(100);
    await client.disconnect();
    expect(client.statistics).toMatchObject(idle);
    const counts = arrivals(broker.sessions);
    for (const [text, { qos, outcome }] of chaos.published) {
      const count = counts.get(text) ?? 0;
      expect(count, `message ${text}`).toBeLessThanOrEqual(1);
      if (qos > 0 && (await outcome) === "done") expect(count, `message ${text}`).toBe(1);
    }
    await client.connect();
    await client.publish("t", "all is well", { qos: 2 });
    await client.disconnect();
  },
);
