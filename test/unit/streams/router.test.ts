import { array, boolean, assert as check, constantFrom, integer, pre, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { Acknowledgements } from "../../../lib/incoming/acknowledgements.ts";
import { Message } from "../../../lib/incoming/message.ts";
import { Messages } from "../../../lib/incoming/messages.ts";
import { FifoQueue } from "../../../lib/incoming/queues.ts";
import {
  type Destination,
  type Subscription,
  SubscriptionTable,
} from "../../../lib/outgoing/subscription-table.ts";
import { disjointGroups, filtersOverlap } from "../../../lib/protocol/filter-overlap.ts";
import { ReasonCode } from "../../../lib/protocol/reason-code.ts";
import { Topic, Wildcard } from "../../../lib/protocol/topic.ts";
import { Router } from "../../../lib/streams/router.ts";
import { Log } from "../../../lib/util/logger.ts";
import { Timeouts } from "../../../lib/util/timeouts.ts";

const level = constantFrom("a", "b", "$c", "");
const topics = array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join("/"))
  .filter((topic) => topic !== "");
const filters = record({
  levels: array(constantFrom("a", "b", "$c", "", "+"), { minLength: 1, maxLength: 4 }),
  hasHash: boolean(),
})
  .map(({ levels, hasHash }) => [...levels, ...(hasHash ? ["#"] : [])].join("/"))
  .filter((filter) => filter !== "");

const RETAINED = 4;
const message = (topic: string, identifiers?: number[], flags = 0) =>
  new Message(
    new Topic(topic),
    Buffer.alloc(0),
    flags,
    0,
    identifiers && { subscriptionIdentifiers: identifiers },
  );

function makeMessages(): Messages {
  const log = new Log(undefined);
  return new Messages({
    queueType: FifoQueue,
    maxQueuedIncomingMessages: Number.POSITIVE_INFINITY,
    overflow: "drop-newest",
    log,
    timeouts: new Timeouts(log),
    broker: () => "broker.example:1883",
  });
}

const acknowledgements = () =>
  new Acknowledgements({
    log: new Log(undefined),
    inOrder: true,
    hasReasonCodes: true,
    send: () => {},
    maximumPacketSize: () => Number.POSITIVE_INFINITY,
  });

class Sink implements Destination {
  readonly mergesCopies = true;
  readonly received: Message[] = [];
  push(each: Message): void {
    this.received.push(each);
  }
  pushDeferred(each: Message): void {
    this.push(each);
  }
  refuse(): void {}
}

/** A router with streams of these filters, whose subscriptions have identifiers as the client assigns them. */
function routed(streams: readonly (readonly string[])[], options = 0) {
  const table = new SubscriptionTable();
  const messages = makeMessages();
  const router = new Router(table, messages, "queue", acknowledgements());
  router.activate();
  const sinks = streams.map((wanted) => {
    const sink = new Sink();
    const fresh = [...new Set(wanted)].filter((filter) => table.get(filter) === undefined);
    for (const group of disjointGroups(fresh, (each) => each)) {
      const identifier = table.nextIdentifier();
      for (const filter of group) {
        const subscription = table.hold({ filter, options, properties: undefined }, sink);
        table.identify(subscription, identifier);
        subscription.granted = ReasonCode.of(0, "suback");
        subscription.isActive = true;
      }
    }
    for (const filter of wanted) table.hold({ filter, options, properties: undefined }, sink);
    return sink;
  });
  return { table, messages, router, sinks };
}

const matches = (topic: string, filter: string) => new Topic(topic).matches(new Wildcard(filter));

describe("filters", () => {
  test("overlap if and only if some topic matches both, as trying tells", () => {
    const every: string[] = [];
    const add = (prefix: string[], depth: number) => {
      if (prefix.length > 0) every.push(prefix.join("/"));
      if (depth > 0) for (const each of ["a", "b", "$c", ""]) add([...prefix, each], depth - 1);
    };
    add([], 5);
    const names = every.filter((topic) => topic !== "").map((topic) => new Topic(topic));
    check(
      property(filters, filters, (one, other) => {
        // These match an empty topic, which is not valid.
        pre(![one, other].every((each) => ["+", "#", "/#", "+/#"].includes(each)));
        const tried = names.some((topic) => topic.matches(one) && topic.matches(other));
        expect(filtersOverlap(one, other)).toBe(tried);
        expect(filtersOverlap(`$share/g/${one}`, other)).toBe(tried);
      }),
      { numRuns: 300 },
    );
  });

  test("are divided into groups without overlapping ones", () => {
    check(
      property(array(filters, { maxLength: 12 }), (list) => {
        const unique = [...new Set(list)];
        const groups = disjointGroups(unique, (each) => each);
        expect(groups.flat().toSorted()).toEqual(unique.toSorted());
        for (const group of groups)
          for (const [place, one] of group.entries())
            for (const other of group.slice(place + 1)) expect(filtersOverlap(one, other)).toBe(false);
      }),
    );
  });
});

describe("each stream gets a message once, and others none", () => {
  const input = record({
    streams: array(array(filters, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
    topic: topics,
    isRetained: boolean(),
    seed: integer({ min: 0, max: 1000 }),
  });

  /** Sends a message to the router as a broker does, and compares with the naive matcher. */
  function compare(
    send: (subscriptions: readonly Subscription[], topic: string, flags: number) => Message[],
  ) {
    check(
      property(input, ({ streams, topic, isRetained }) => {
        const { table, messages, router, sinks } = routed(streams);
        const matching = table.match(new Topic(topic));
        const sent = send(matching, topic, isRetained ? RETAINED : 0);
        for (const each of sent) router.route(each);
        const expected = streams.map((each) => (each.some((filter) => matches(topic, filter)) ? 1 : 0));
        const counts = sinks.map(({ received }) => received.length);
        // Retained messages come for new subscriptions only, so a stream may get more than one copy.
        if (isRetained) expect(counts.map((count) => Math.min(count, 1))).toEqual(expected);
        else expect(counts).toEqual(expected);
        expect(messages.length).toBe(expected.includes(1) ? 0 : 1);
        for (const { received } of sinks)
          for (const each of received) expect(each.properties).toBeUndefined();
        expect(new Set(sinks.flatMap(({ received }) => received)).size).toBe(
          sinks.flatMap(({ received }) => received).length,
        );
      }),
      { numRuns: 2000 },
    );
  }

  const identifiersOf = (list: readonly Subscription[]) =>
    list.flatMap(({ identifiers }) => [...identifiers]);
  const oneIfNone = (copies: Message[], topic: string) => (copies.length > 0 ? copies : [message(topic)]);

  test("from a broker that sends one copy without identifiers", () => {
    compare((_list, topic, flags) => [message(topic, undefined, flags)]);
  });

  test("from a broker that sends one copy with all identifiers", () => {
    compare((list, topic, flags) => [
      message(topic, list.length > 0 ? identifiersOf(list) : undefined, flags),
    ]);
  });

  test("from a broker that sends a copy for each subscription, in any order", () => {
    compare((list, topic, flags) =>
      oneIfNone(
        list.map((each) => message(topic, identifiersOf([each]), flags)),
        topic,
      ),
    );
    compare((list, topic, flags) =>
      oneIfNone(list.map((each) => message(topic, identifiersOf([each]), flags)).toReversed(), topic),
    );
  });

  test("from a session with identifiers of an earlier process", () => {
    compare((_list, topic, flags) => [message(topic, [268_435_000, 9], flags)].map(withoutForeign));
  });
});

/** Such identifiers are shown to the program, since they may be its own. */
const withoutForeign = (each: Message) => each.with(undefined);

describe("identifiers", () => {
  test("the program sees its own identifiers, and not those of the client", () => {
    const { router, sinks, table } = routed([["a"]]);
    table.hold({ filter: "#", options: 0, properties: { subscriptionIdentifier: 5 } }, new Sink());
    router.route(message("a", [268_435_455, 5]));
    expect(sinks[0]?.received[0]?.properties).toEqual({ subscriptionIdentifiers: [5] });
  });

  test("that are unknown leave the choice to the topic", () => {
    const { router, sinks, messages } = routed([["a"], ["b"]]);
    router.route(message("a", [9]));
    router.route(message("a", [268_435_454])); // that of "b"
    expect(sinks.map(({ received }) => received.length)).toEqual([2, 0]);
    router.route(message("c", [268_435_455]));
    expect(messages.length).toBe(1);
  });

  test("count down past those of the program", () => {
    const table = new SubscriptionTable();
    table.hold({ filter: "a", options: 0, properties: { subscriptionIdentifier: 268_435_455 } }, new Sink());
    expect(table.nextIdentifier()).toBe(268_435_454);
    expect([268_435_455, 268_435_454, 268_435_453].map((each) => table.isOwn(each))).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("a copy that may be the only one is delivered", () => {
  const NO_LOCAL = 4;
  const route = (prepare: (one: Subscription, other: Subscription) => void, flags = 0) => {
    const { router, sinks, table } = routed([["a/#", "a/b"]]);
    const [one, other] = [table.get("a/#"), table.get("a/b")];
    if (one === undefined || other === undefined) throw new Error("no subscription");
    prepare(one, other);
    router.route(message("a/b", [...other.identifiers], flags));
    return sinks[0]?.received.length;
  };

  test("the other copy is certain", () => expect(route(() => {})).toBe(0));
  test("the other subscription is not granted", () =>
    expect(
      route((one) => {
        one.isActive = false;
      }),
    ).toBe(1));
  test("the other subscription has No Local", () =>
    expect(
      route((one) => {
        one.wanted = { ...one.wanted, options: NO_LOCAL };
      }),
    ).toBe(1));
  test("the other subscription gets no retained messages", () =>
    expect(
      route((one) => {
        one.wanted = { ...one.wanted, options: 0x20 };
      }, RETAINED),
    ).toBe(1));
  test("the other subscription is older than the stream", () =>
    expect(
      route((one) => {
        one.founders = new Set();
      }, RETAINED),
    ).toBe(1));
});

test("messages that nothing matches are queued, or dropped and counted", () => {
  const messages = makeMessages();
  const router = new Router(new SubscriptionTable(), messages, "drop", acknowledgements());
  router.route(message("a"));
  expect([messages.length, router.dropped, router.elsewhere]).toEqual([0, 1, 1]);
});

test("a message to one of 10 000 streams takes little longer than to one of one", () => {
  const time = (streams: number) => {
    const { router, sinks } = routed(Array.from({ length: streams }, (_, place) => [`plant/${place}/+`]));
    const topics = Array.from({ length: streams }, (_, place) => message(`plant/${place}/x`));
    const sent = Array.from({ length: 20_000 }, (_, place) => topics[place % streams]!);
    const rounds = Array.from({ length: 10 }, () => {
      const began = performance.now();
      for (const each of sent) router.route(each);
      for (const { received } of sinks) received.length = 0;
      return performance.now() - began;
    });
    return (Math.min(...rounds) * 1000) / sent.length;
  };
  const [one, many] = [time(1), time(10_000)];
  // Microseconds; the bound leaves room for a busy machine.
  expect(many - one).toBeLessThan(5);
});
