// Random programs on a network that fails at random. The test compares the client's promises with what the broker saw.
// The broker is mosquitto, and both witnesses are MQTT.js, which share no code with this library.

import mqtt, { type MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, type ClientOptions, type Message, MqttError, ProtocolVersion } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { ByteReader } from "../support/bytes.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { Random } from "../support/random.ts";
import { forManySeeds, seconds } from "./effort.ts";
import { FaultyRelay, randomSchedule } from "./faulty-relay.ts";
import { findFaults, messageText, type Seen, type Sent } from "./model.ts";

const LEVELS = [0, 1, 2] as const;
const TOPICS = ["a", "b"];
/** The codes that such a network explains. */
const EXPECTED = new Set([
  "given up",
  "ABORTED",
  "CONNECTION_LOST",
  "CONNECTION_REFUSED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "NOT_CONNECTED",
  "QUEUE_FULL",
  "REENTRANT",
  "SESSION_LOST",
  "TIMEOUT",
]);

let broker: Broker;
let witness: MqttClient;
let sender: MqttClient;
/** The messages that the broker sent to the witness, by the program's name. */
const witnessed = new Map<string, Seen[]>();

beforeAll(async () => {
  broker = await startMosquitto({ config: ["max_queued_messages 0", "max_inflight_messages 200"] });
  [witness, sender] = await Promise.all([mqtt.connectAsync(broker.url), mqtt.connectAsync(broker.url)]);
  witness.on("message", (topic, payload, { qos }) => {
    const [, name = ""] = topic.split("/");
    witnessed.get(name)?.push({ topic, qos, text: payload.toString() });
  });
  await witness.subscribeAsync("from/#", { qos: 2 });
});

afterAll(async () => {
  await Promise.all([witness.endAsync(true), sender.endAsync(true)]);
  await broker.stop();
});

const pause = (milliseconds: number) => new Promise<void>((go) => setTimeout(go, milliseconds));
const errorCode = (error: unknown) => (error instanceof MqttError ? error.code : String(error));

/** The result of a call. */
interface Outcome {
  /** "done", or the code of the error. */
  code: string;
  /** Whether the packet may have reached the broker; undefined: not said. */
  sent: boolean | undefined;
}

function makeOptions(name: string, random: Random): ClientOptions {
  const reconnect = random.below(2) === 0 && { minDelay: 0.001, maxDelay: 0.05 };
  const common = {
    reconnect,
    maxQueuedOutgoingBytes: random.pick([200, Number.POSITIVE_INFINITY]),
    identifier: name,
    timeout: random.pick([0.3, 1, 5]),
    maxInflightMessages: random.pick([1, 3, 20, 100]),
    maxQueuedOutgoingMessages: random.pick([5, 1_000]),
    maxConcurrentOutgoingCalls: random.pick([2, Number.POSITIVE_INFINITY]),
    acknowledge: random.pick(["received", "processed", "manual"] as const),
  };
  return random.below(2) === 0
    ? { ...common, protocol: ProtocolVersion.V311, cleanSession: false }
    : {
        ...common,
        protocol: ProtocolVersion.V5,
        cleanStart: false,
        // The values are not below mosquitto's own limit: mosquitto 2.0.11 exceeds a smaller one with queued messages.
        properties: { sessionExpiryInterval: 600, receiveMaximum: random.pick([200, 1_000]) },
      };
}

/** One client and its random actions. */
class Program {
  readonly outgoing: Sent[] = [];
  readonly incoming: Sent[] = [];
  readonly received: Seen[] = [];
  /** The errors that such a network does not explain. */
  readonly unexpected: string[] = [];
  readonly #name: string;
  readonly #random: Random;
  readonly #client: Client;
  readonly #acknowledge: ClientOptions["acknowledge"];
  readonly #calls: Promise<unknown>[] = [];
  readonly #deliveries: Promise<unknown>[] = [];
  #subscribed = false;
  /** Whether the client has lost a session, and messages to it with that. */
  #isForgotten = false;
  /** Whether the broker has begun a session, and the client does not know it yet. */
  #hasUnknownSession = false;
  #number = 0;

  constructor(name: string, random: Random, client: Client, acknowledge: ClientOptions["acknowledge"]) {
    this.#name = name;
    this.#random = random;
    this.#client = client;
    this.#acknowledge = acknowledge;
  }

  async run(): Promise<void> {
    const steps = 20 + this.#random.below(60);
    void this.#receive();
    void this.#watch();
    for (let step = 0; step < steps; step++) {
      await this.#step();
      if (this.#random.below(3) === 0) await pause(this.#random.below(6));
    }
    await Promise.all(this.#calls);
  }

  /** The broker has sent a packet. */
  overhear(packet: Buffer): void {
    const [type, , flags = 0] = packet;
    if (type === 0x20 && (flags & 1) === 0) this.#hasUnknownSession = true;
  }

  /**
   * If a CONNACK with a new session is lost, the next one says that the session is present. So the client goes on with
   * the state of the old session. The broker may then acknowledge a PUBREL whose message it has forgotten.
   */
  async #watch(): Promise<void> {
    let isFirst = true;
    for await (const event of this.#client.connectionEvents()) {
      if (event.state !== "connected") continue;
      if (!event.sessionPresent && !isFirst) this.#loseSession();
      isFirst = false;
      if (event.sessionPresent && this.#hasUnknownSession && this.#isForgotten)
        for (const message of this.outgoing) message.mayBeForgotten ||= message.promise === "open";
      this.#hasUnknownSession = false;
    }
  }

  /** Finishes all pending deliveries in both directions on a healthy network. */
  async finish(): Promise<void> {
    await this.#client.disconnect({ timeout: 0 });
    await this.#client.connect({ timeout: 10 });
    if (!this.#subscribed || this.#isForgotten)
      await this.#client.subscribe(`to/${this.#name}/#`, { qos: 2, timeout: 10 });
    await Promise.all(this.#deliveries);
    await this.#client.publish(`from/${this.#name}/end`, "end", { qos: 2, timeout: 10 });
    await sender.publishAsync(`to/${this.#name}/end`, "end", { qos: 2 });
    const hasEnded = (seen: readonly Seen[] = []) => seen.some(({ topic }) => topic.endsWith("/end"));
    await eventually(() => {
      expect(hasEnded(witnessed.get(this.#name))).toBe(true);
      expect(hasEnded(this.received)).toBe(true);
    }, 10_000);
    // An orderly end leaves no session behind.
    await this.#client.disconnect();
  }

  async #step(): Promise<void> {
    const random = this.#random;
    const dice = random.below(100);
    if (!this.#client.connected && dice < 40) await this.#note(this.#client.connect(this.#limits()));
    else if (dice < 65) this.#publish();
    else if (dice < 85) this.#deliver();
    else if (dice < 90) await (random.below(20) > 0 ? this.#subscribe() : this.#forget());
    else if (dice < 93) await this.#client.disconnect({ timeout: random.next() / 20 });
    else if (dice < 96) this.#note(this.#client.connect(this.#limits()));
    else await Promise.all(this.#calls);
  }

  #publish(): void {
    for (let count = 1 + this.#random.below(6); count > 0; count--) {
      const qos = this.#random.pick(LEVELS);
      const message: Sent = {
        topic: `from/${this.#name}/${this.#random.pick(TOPICS)}`,
        qos,
        number: this.#number++,
        promise: "open",
      };
      this.outgoing.push(message);
      const call = this.#client.publish(message.topic, messageText(message), { qos, ...this.#limits() });
      void this.#note(call).then(({ code, sent }) => {
        // A publish of QoS 0 is done when it has been written; a lost connection can still lose it.
        if (code === "done" && !(qos === 2 && message.mayBeForgotten)) message.promise = "done";
        else if (sent === false) message.promise = "never";
      });
    }
  }

  /** Another client begins a session of the same name, so the broker forgets that of the program. */
  async #forget(): Promise<void> {
    this.#loseSession();
    const thief = await mqtt.connectAsync(broker.url, { clientId: this.#name, reconnectPeriod: 0 });
    await thief.endAsync(true);
  }

  #deliver(): void {
    if (!this.#subscribed) return;
    for (let count = 1 + this.#random.below(6); count > 0; count--) {
      const qos = this.#random.pick(LEVELS);
      const message: Sent = {
        topic: `to/${this.#name}/${this.#random.pick(TOPICS)}`,
        qos,
        number: this.#number++,
        promise: this.#isForgotten ? "open" : "done",
      };
      this.incoming.push(message);
      this.#deliveries.push(sender.publishAsync(message.topic, messageText(message), { qos }));
    }
  }

  async #subscribe(): Promise<void> {
    const call = this.#client.subscribe(`to/${this.#name}/#`, { qos: 2 });
    if ((await this.#note(call)).code === "done") this.#subscribed = true;
  }

  /** A client that cannot keep its connections because of one publish begins a new session, too. */
  #loseSession(): void {
    this.#isForgotten = true;
    for (const message of this.incoming) message.promise = "open";
  }

  #limits(): { timeout?: number; signal?: AbortSignal } {
    const timeout = this.#random.pick([undefined, undefined, 0.05, 0.5]);
    const limits = timeout === undefined ? {} : { timeout };
    if (this.#random.below(6) > 0) return limits;
    const abort = new AbortController();
    setTimeout(() => abort.abort("given up"), this.#random.below(10));
    return { ...limits, signal: abort.signal };
  }

  #note(call: Promise<unknown>): Promise<Outcome> {
    const outcome = call.then(
      () => ({ code: "done", sent: true }),
      (error) => {
        const code = errorCode(error);
        if (!EXPECTED.has(code)) this.unexpected.push(`${error} (${error.cause ?? "said by the broker"})`);
        return { code, sent: error instanceof MqttError ? error.sent : undefined };
      },
    );
    this.#calls.push(outcome);
    return outcome;
  }

  async #receive(): Promise<void> {
    for (;;) {
      try {
        const isOver = await (this.#acknowledge === "processed" ? this.#loop() : this.#take());
        if (isOver) return;
      } catch {
        // until the next connection
      }
      await pause(1);
    }
  }

  /** Takes messages, and acknowledges them some time later in any order. */
  async #take(): Promise<boolean> {
    for (;;) {
      const { value } = await this.#client.messages.next();
      if (value === undefined) return false;
      if (this.#acknowledge === "manual") void pause(this.#random.below(4)).then(() => value.acknowledge());
      if (this.#record(value)) return true;
    }
  }

  /** Takes messages in a loop that acknowledges them. A message that it is left with comes again. */
  async #loop(): Promise<boolean> {
    for await (const message of this.#client.messages) {
      if (this.#random.below(3) === 0) await pause(this.#random.below(3));
      const isLeft = this.#random.below(10) === 0;
      if ((!isLeft || message.qos === 0) && this.#record(message)) {
        message.acknowledge();
        return true;
      }
      if (isLeft) break;
    }
    return false;
  }

  /** Returns whether it is the last message. */
  #record({ topic: { value: topic }, qos, ...message }: Message): boolean {
    this.received.push({ topic, qos, text: message.payload.toString() });
    return topic.endsWith("/end");
  }
}

/**
 * Records messages of QoS 2 that mosquitto repeats after it has released them, against the protocol. Version 2.0.11
 * does so when two connections in a row break before it could send PUBREL again.
 */
class Repetitions {
  readonly texts = new Set<string>();
  readonly #released = new Set<number>();
  readonly #isV5: boolean;

  constructor(isV5: boolean) {
    this.#isV5 = isV5;
  }

  overhear(packet: Buffer): void {
    const reader = new ByteReader(packet);
    const first = reader.u8();
    reader.variableByteInteger();
    if (first >> 4 === 6) this.#released.add(reader.u16());
    if (first >> 4 !== 3 || (first & 6) !== 4) return;
    const topic = reader.string();
    const isRepeated = this.#released.has(reader.u16()) && (first & 8) !== 0;
    if (this.#isV5) reader.properties();
    if (isRepeated) this.texts.add(`${topic} ${reader.rest()}`);
  }
}

/** The messages seen, without the repetitions by the broker. */
function withoutRepetitions(seen: readonly Seen[], { texts }: Repetitions): Seen[] {
  const known = new Set<string>();
  return seen.filter(({ topic, text }) => {
    const name = `${topic} ${text}`;
    const isFirst = !known.has(name);
    known.add(name);
    return isFirst || !texts.has(name);
  });
}

const withoutEnd = (seen: readonly Seen[]) => seen.filter(({ topic }) => !topic.endsWith("/end"));

async function run(seed: number): Promise<void> {
  const random = new Random(seed);
  const name = `model-${seed}`;
  witnessed.set(name, []);
  const options = makeOptions(name, random);
  let program: Program | undefined;
  const repetitions = new Repetitions(options.protocol === ProtocolVersion.V5);
  await using relay = await FaultyRelay.to(
    broker,
    () => randomSchedule(random),
    (packet) => {
      repetitions.overhear(packet);
      program?.overhear(packet);
    },
  );
  const client = new Client(relay.url, options);
  program = new Program(name, random, client, options.acknowledge);
  await program.run();
  await relay.heal();
  await program.finish();
  const faults = [
    ...program.unexpected,
    ...findFaults(program.outgoing, withoutEnd(witnessed.get(name) ?? [])),
    ...findFaults(program.incoming, withoutRepetitions(withoutEnd(program.received), repetitions)),
  ];
  witnessed.delete(name);
  expect(faults).toEqual([]);
  expect(client.statistics).toMatchObject({ pendingCalls: 0, queuedOutgoing: 0, inflight: 0 });
}

test(
  "random programs on a failing network: every message arrives as often as was promised",
  async () => {
    await forManySeeds("delivery", run);
  },
  seconds * 1_000 + 60_000,
);
