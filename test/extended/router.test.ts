// The router and the map of filters, beside a matcher that tries each filter.

import { array, assert as check, constantFrom, integer, property, record } from "fast-check";
import { expect, test } from "vitest";
import { Acknowledgements } from "../../lib/incoming/acknowledgements.ts";
import { Message } from "../../lib/incoming/message.ts";
import { Messages } from "../../lib/incoming/messages.ts";
import { FifoQueue } from "../../lib/incoming/queues.ts";
import { type Destination, SubscriptionTable } from "../../lib/outgoing/subscription-table.ts";
import { Topic } from "../../lib/protocol/topic.ts";
import { TopicMap } from "../../lib/protocol/topic-map.ts";
import { Router } from "../../lib/streams/router.ts";
import { Log } from "../../lib/util/logger.ts";
import { Timeouts } from "../../lib/util/timeouts.ts";
import { matchesNaively } from "../support/naive-match.ts";
import { again, seconds, seed } from "./effort.ts";

const PAIRS = seconds >= 60 ? 1_000_000 : 100_000;
const FILTERS = 50;
const TOPICS = 20;
const numRuns = Math.ceil(PAIRS / (FILTERS * TOPICS));

const level = constantFrom("a", "b", "c", "$d", "", "é");
const topics = array(level, { minLength: 1, maxLength: 5 })
  .map((levels) => levels.join("/"))
  .filter((topic) => topic !== "");
const filters = record({
  levels: array(constantFrom("a", "b", "c", "$d", "", "é", "+", "+"), { minLength: 1, maxLength: 5 }),
  end: constantFrom("", "", "/#"),
  share: constantFrom("", "", "", "$share/g/", "$share/h/"),
})
  .map(({ levels, end, share }) => `${share}${levels.join("/")}${end}`)
  .filter((filter) => !/^(?:\$share\/.\/)?$/.test(filter));
const worlds = record({
  filters: array(filters, { minLength: FILTERS, maxLength: FILTERS }),
  topics: array(topics, { minLength: TOPICS, maxLength: TOPICS }),
  removed: integer({ min: 0, max: FILTERS }),
});

/** Counts the messages that it gets. */
class Sink implements Destination {
  readonly mergesCopies = true;
  count = 0;
  push(): void {
    this.count++;
  }
  pushDeferred(): void {
    this.count++;
  }
  refuse(): void {}
}

function makeRouter(table: SubscriptionTable): { router: Router; messages: Messages } {
  const log = new Log(undefined);
  const acknowledgements = new Acknowledgements({
    ...{ log, inOrder: true, hasReasonCodes: true },
    ...{ send: () => {}, maximumPacketSize: () => Number.POSITIVE_INFINITY },
  });
  const messages = new Messages({
    ...{ queueType: FifoQueue, maxQueuedIncomingMessages: Number.POSITIVE_INFINITY, overflow: "drop-newest" },
    ...{ log, timeouts: new Timeouts(log), broker: () => "broker.example:1883" },
  });
  const router = new Router(table, messages, "queue", acknowledgements);
  router.activate();
  return { router, messages };
}

const toMessage = (topic: string) => new Message(new Topic(topic), Buffer.alloc(0), 0, 0, undefined);

test("the router gives each message to the streams of the matching filters, and to no others", () => {
  let pairs = 0;
  let matches = 0;
  check(
    property(worlds, (world) => {
      const table = new SubscriptionTable();
      const { router, messages } = makeRouter(table);
      const sinks = world.filters.map(() => new Sink());
      for (const [place, sink] of sinks.entries())
        table.hold({ filter: world.filters[place]!, options: 0, properties: undefined }, sink);
      for (const topic of world.topics) {
        router.route(toMessage(topic));
        const counts = sinks.map((sink) => sink.count);
        const expected = world.filters.map((filter) => Number(matchesNaively(topic, filter)));
        expect(counts, `${topic}; ${again(seed)}`).toEqual(expected);
        expect(messages.length).toBe(expected.includes(1) ? 0 : 1);
        messages.giveUp();
        for (const sink of sinks) sink.count = 0;
        pairs += expected.length;
        matches += expected.filter((each) => each === 1).length;
      }
    }),
    { numRuns, seed },
  );
  console.log(`router: ${pairs} pairs, ${matches} of them match`);
  expect(pairs).toBeGreaterThanOrEqual(PAIRS);
  expect(matches).toBeGreaterThan(PAIRS / 100);
}, 300_000);

test("the map of filters finds the values of the matching filters, also after removals", () => {
  check(
    property(worlds, (world) => {
      const map = new TopicMap<string>();
      for (const filter of world.filters) map.set(filter, filter);
      for (const filter of world.filters.slice(0, world.removed)) map.delete(filter);
      const left = [...map].map(([filter]) => filter);
      const removed = new Set(world.filters.slice(0, world.removed));
      expect(left.toSorted()).toEqual(
        [...new Set(world.filters)].filter((filter) => !removed.has(filter)).toSorted(),
      );
      for (const topic of world.topics)
        for (let time = 0; time < 2; time++)
          expect(map.match(topic).toSorted()).toEqual(
            left.filter((filter) => matchesNaively(topic, filter)).toSorted(),
          );
    }),
    { numRuns: Math.ceil(numRuns / 4), seed },
  );
}, 300_000);
