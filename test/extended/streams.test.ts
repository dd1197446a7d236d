// Random programs with streams, beside brokers that send one copy of a message, and brokers that send several.

import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client, type MessageStream, ProtocolVersion } from "../../lib/index.ts";
import { type Copies, CopyingBroker } from "../support/copying-broker.ts";
import { eventually } from "../support/eventually.ts";
import { matchesNaively } from "../support/naive-match.ts";
import { Random } from "../support/random.ts";
import { forManySeeds } from "./effort.ts";

const LEVELS = ["a", "b", "c"];
const STEPS = 60;
const V5 = ProtocolVersion.V5;
type Level = typeof V5 | typeof ProtocolVersion.V311;

interface Open {
  readonly stream: MessageStream;
  readonly filters: readonly string[];
  /** The texts that must come, each with the least and the greatest number of copies. */
  readonly expected: Map<string, readonly [least: number, most: number]>;
  readonly received: string[];
  /** Whether it is being unsubscribed, so that messages may come or not. */
  isLeaving: boolean;
}

const isShared = (filter: string): boolean => filter.startsWith("$share/");

/** A client with streams, and what each of them must receive. */
class Program {
  readonly #random: Random;
  readonly #protocol: Level;
  readonly #broker: CopyingBroker;
  readonly #client: Client;
  readonly #copies: Copies;
  readonly #open = new Set<Open>();
  readonly #subscribed = new Set<string>();
  readonly #expected: string[] = [];
  readonly #received: string[] = [];
  #published = 0;
  #identifier = 0;

  constructor(random: Random, protocol: Level, copies: Copies, broker: CopyingBroker, client: Client) {
    this.#random = random;
    this.#protocol = protocol;
    this.#copies = copies;
    this.#broker = broker;
    this.#client = client;
  }

  async run(): Promise<void> {
    for (let step = 0; step < STEPS; step++) {
      await this.#step();
      await this.#check();
    }
    for (const open of [...this.#open]) await this.#close(open);
    for (const filter of this.#subscribed) await this.#client.unsubscribe(filter);
    expect(this.#broker.filters).toEqual([]);
  }

  async #step(): Promise<void> {
    const choice = this.#random.below(10);
    if (choice < 2 && this.#open.size < 8) await this.#openStream();
    else if (choice === 2) await this.#subscribe();
    else if (choice === 3) await this.#unsubscribe();
    else if (choice === 4 && this.#open.size > 0) await this.#close(this.#random.pick([...this.#open]));
    else for (let count = this.#random.below(5); count >= 0; count--) this.#publish();
  }

  #makeFilter(): string {
    const depth = 1 + this.#random.below(3);
    const levels = Array.from({ length: depth }, () => this.#random.pick([...LEVELS, "+"]));
    if (this.#random.next() < 0.3) levels.push("#");
    const filter = levels.join("/");
    const group = this.#random.next() < 0.2 && this.#protocol === V5;
    return group ? `$share/${this.#random.pick(["g", "h"])}/${filter}` : filter;
  }

  async #openStream(): Promise<void> {
    const options =
      this.#protocol === V5 && this.#random.next() < 0.2
        ? { properties: { subscriptionIdentifier: ++this.#identifier } }
        : {};
    // Filters of one SUBSCRIBE with an identifier of the program's own have the same identifier.
    const length = "properties" in options ? 1 : 1 + this.#random.below(3);
    const filters = Array.from({ length }, () => this.#makeFilter());
    try {
      const stream = await this.#client.stream(filters, { qos: 0, ...options });
      this.#open.add({ stream, filters, expected: new Map(), received: [], isLeaving: false });
    } catch (error) {
      // Another stream has the filter, with another identifier.
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async #subscribe(): Promise<void> {
    const filter = this.#makeFilter();
    try {
      await this.#client.subscribe(filter);
      this.#subscribed.add(filter);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async #unsubscribe(): Promise<void> {
    const [filter] = this.#subscribed;
    if (filter === undefined) return;
    this.#subscribed.delete(filter);
    await this.#client.unsubscribe(filter);
  }

  /** Ends a stream while messages come. It gets those that come before the answer of the broker. */
  async #close(open: Open): Promise<void> {
    await this.#check(); // disposing drops the queue
    this.#broker.onUnsubscribe = () => this.#publish();
    open.isLeaving = true;
    this.#publish();
    const isDisposed = this.#random.next() < 0.3;
    if (isDisposed) await open.stream[Symbol.asyncDispose]();
    else await open.stream.unsubscribe();
    this.#broker.onUnsubscribe = () => {};
    this.#open.delete(open);
    for await (const message of open.stream) open.received.push(message.text());
    expect(await open.stream.closed).toBeUndefined();
    expect(open.stream.length).toBe(0);
    checkCounts(open);
  }

  /** Publishes, and notes the copies that each destination must get. */
  #publish(): void {
    const topic = Array.from({ length: 1 + this.#random.below(4) }, () => this.#random.pick(LEVELS)).join(
      "/",
    );
    const text = `${this.#published++}`;
    const matching = (filters: Iterable<string>) =>
      [...filters].filter((filter) => matchesNaively(topic, filter));
    const sent = this.#broker.publish(topic, text);
    if (sent === 0) return;
    for (const { filters, expected, isLeaving } of this.#open) {
      const own = matching(new Set(filters));
      if (own.length === 0) continue;
      const [least, most] = this.#countCopies(own, sent);
      // The copies of a message may come before and after the end of one of several filters.
      expected.set(text, isLeaving ? [0, Math.max(most, own.length)] : [least, most]);
    }
    const subscribed = matching(this.#subscribed).length;
    const isMany = this.#copies === "for each of the";
    const times = subscribed === 0 ? 0 : isMany ? (this.#protocol === V5 ? subscribed : sent) : 1;
    for (let copy = 0; copy < times; copy++) this.#expected.push(text);
  }

  /** Returns the bounds of the number of copies that a stream gets for its filters that match. */
  #countCopies(own: readonly string[], sent: number): readonly [number, number] {
    if (this.#protocol !== V5) return [sent, sent];
    // Copies of shared subscriptions go to one of several clients, so none of them is certain.
    if (own.every(isShared)) return [1, this.#copies === "for each of the" ? own.length : 1];
    return [1, 1];
  }

  /** Waits for all messages, and compares. */
  async #check(): Promise<void> {
    await eventually(() => expect(this.#client.statistics.messagesReceived).toBe(this.#broker.sent));
    await turn();
    for (const open of this.#open) {
      while (open.stream.length > 0) open.received.push((await open.stream.next()).value?.text() ?? "");
      checkCounts(open);
    }
    const { messages } = this.#client;
    while (messages.length > 0) this.#received.push((await messages.next()).value?.text() ?? "");
    expect(this.#received).toEqual(this.#expected);
  }
}

/** Compares the texts of a stream with those that it must get, in order. */
function checkCounts({ received, expected }: Open): void {
  const counts = new Map<string, number>();
  for (const text of received) counts.set(text, (counts.get(text) ?? 0) + 1);
  expect([...counts.keys()]).toEqual([...expected.keys()].filter((text) => counts.has(text)));
  for (const [text, [least, most]] of expected) {
    const count = counts.get(text) ?? 0;
    if (count < least || count > most)
      throw new Error(`${text} came ${count} times, not ${least} to ${most}`);
  }
}

test.each<[Copies, Level]>([
  ["for each of the", V5],
  ["for all", V5],
  ["for each of the", ProtocolVersion.V311],
  ["for all", ProtocolVersion.V311],
])(
  "random streams get their messages from a broker that sends a copy %s subscriptions, MQTT level %s",
  async (copies, protocol) => {
    await forManySeeds(`streams, a copy ${copies}, level ${protocol}`, async (seed) => {
      await using broker = await CopyingBroker.start(copies);
      const client = await Client.connect(broker.url, { protocol });
      try {
        await new Program(new Random(seed), protocol, copies, broker, client).run();
      } finally {
        await client.disconnect({ timeout: 0 });
      }
    });
  },
  120_000,
);
