// Streams beside a broker that is controlled to the byte.

import { describe, expect, test } from "vitest";
import { Client, type MessageStream, ProtocolVersion } from "../../../lib/index.ts";
import type { SubscribePacket } from "../../support/client-packets.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { decodeProperties } from "../../support/properties.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import type { Answers } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const TOP = 268_435_455;

const textsOf = async (stream: MessageStream): Promise<string[]> => {
  const texts: string[] = [];
  for await (const message of stream) texts.push(message.text());
  return texts;
};

/** The filters of a SUBSCRIBE packet, its Subscription Identifier, and its Retain Handling. */
const described = ({ subscriptions, properties }: SubscribePacket) => ({
  filters: subscriptions.map(({ filter }) => filter),
  identifier: decodeProperties(properties).subscriptionIdentifiers?.[0],
  retainHandling: subscriptions[0]?.retainHandling,
});

const subscribes = (session: ScriptedSession) =>
  session.received.filter((packet) => packet.type === "SUBSCRIBE").map(described);
const unsubscribed = (session: ScriptedSession) =>
  session.received.flatMap((packet) => (packet.type === "UNSUBSCRIBE" ? packet.filters : []));

/** Answers SUBSCRIBE with a failing code for some filters. */
const refusing = (filter: string, reasonCode = 0x87): Answers => ({
  SUBSCRIBE: ({ packetId, subscriptions }, session) => {
    const codes = subscriptions.map((each) => (each.filter === filter ? reasonCode : each.qos));
    return session.send(session.packets.suback(packetId, codes));
  },
});

describe("identifiers", () => {
  test("are of the client, from the top, and earlier subscriptions get one without retained messages", async () => {
    await using pair = await connected({}, V5);
    const { client, session } = pair;
    await client.subscribe("early/#", { qos: 1 });
    await client.subscribe("own", { properties: { subscriptionIdentifier: 3 } });
    await client.stream(["a/#", "a/b", "c"]);
    await client.subscribe("late");
    expect(subscribes(session)).toEqual([
      { filters: ["early/#"], identifier: undefined, retainHandling: 0 },
      { filters: ["own"], identifier: 3, retainHandling: 0 },
      { filters: ["early/#"], identifier: TOP, retainHandling: 2 },
      { filters: ["a/#", "c"], identifier: TOP - 1, retainHandling: 0 },
      { filters: ["a/b"], identifier: TOP - 2, retainHandling: 0 },
      { filters: ["late"], identifier: TOP - 3, retainHandling: 0 },
    ]);
  });

  test("are not there without a stream, on 3.1.1, and where the broker has none", async () => {
    for (const [options, properties] of [
      [{}, undefined],
      [V5, { subscriptionIdentifierAvailable: 0 }],
    ] as const) {
      await using pair = await connected(
        {
          CONNECT: (_packet, session) =>
            session.send(session.packets.connack({ properties: properties ?? {} })),
        },
        options,
      );
      const { client, session } = pair;
      await client.subscribe("early");
      await using stream = await client.stream(["a/#", "a/b"]);
      expect(session.received.filter(({ type }) => type === "SUBSCRIBE")).toHaveLength(2);
      expect(stream.reasonCodes).toHaveLength(2);
      await expect(client.stream("$share/g/a/+")).rejects.toThrow(TypeError);
      await expect(client.stream("$share/g/a/+")).rejects.toThrow(/overlaps 'a\/#'/);
      await client.stream("$share/g/b");
      await expect(client.subscribe("+")).rejects.toThrow(/overlaps '\$share\/g\/b'/);
      await client.subscribe("d");
      await client.subscribe("$share/g/d");
    }
  });
});

describe("a stream whose filter is refused", () => {
  test("rejects, and unsubscribes what was granted", async () => {
    await using pair = await connected(refusing("b"), V5);
    const { client, session } = pair;
    await expect(client.stream(["a", "b", "a/#"])).rejects.toMatchObject({
      name: "MqttCodeError",
      code: "REFUSED",
      reasonCode: { value: 0x87 },
      reasonCodes: [{ value: 0 }, { value: 0x87 }, { value: 0 }],
    });
    await session.waitFor("UNSUBSCRIBE");
    expect(unsubscribed(session).toSorted()).toEqual(["a", "a/#"]);
    await expect(client.stream("b")).rejects.toThrow(/^\[code:135\] Not authorized \(subscribe to 'b', /);
    await client.stream("a");
  });

  test("leaves those of others alone", async () => {
    await using pair = await connected(refusing("b"), V5);
    const { client, session } = pair;
    await client.stream("a");
    await expect(client.stream(["a", "b"])).rejects.toThrow(/Not authorized/);
    await client.publish("end", "", { qos: 1 });
    expect(unsubscribed(session)).toEqual([]);
  });
});

test("a stream that waits for the subscription of another one sends its own when that call is aborted", async () => {
  let asked = 0;
  await using pair = await connected(
    {
      SUBSCRIBE: ({ packetId }, session) => {
        if (++asked > 1) return session.send(session.packets.suback(packetId, [1]));
      },
    },
    V5,
  );
  const { client, session } = pair;
  const abort = new AbortController();
  const first = client.stream("a", { qos: 1, signal: abort.signal });
  await session.waitFor("SUBSCRIBE");
  const second = client.stream("a", { qos: 1 });
  abort.abort(new Error("enough"));
  await expect(first).rejects.toThrow("enough");
  expect((await second).reasonCodes.map(({ value }) => value)).toEqual([1]);
  expect(subscribes(session).map(({ identifier }) => identifier)).toEqual([TOP, TOP]);
  expect(unsubscribed(session)).toEqual([]);
});

test("an aborted stream unsubscribes, because it may have been granted", async () => {
  await using pair = await connected({ SUBSCRIBE: () => {} }, V5);
  const { client, session } = pair;
  await expect(client.stream("a", { timeout: 0.05 })).rejects.toMatchObject({ code: "TIMEOUT" });
  await session.waitFor("UNSUBSCRIBE");
  expect(unsubscribed(session)).toEqual(["a"]);
});

describe("life", () => {
  test("messages come until the broker has answered UNSUBSCRIBE, then the iteration ends", async () => {
    await using pair = await connected(
      {
        UNSUBSCRIBE: ({ packetId, filters }, session) =>
          session.send(
            session.packets.publish({ topic: "a", payload: "late" }),
            session.packets.unsuback(
              packetId,
              filters.map(() => 0),
            ),
          ),
      },
      V5,
    );
    const { client, session } = pair;
    const stream = await client.stream("a");
    await session.send(session.packets.publish({ topic: "a", payload: "early" }));
    await Promise.all([stream.unsubscribe(), stream.unsubscribe()]);
    expect(await textsOf(stream)).toEqual(["early", "late"]);
    expect(client.messages.length).toBe(0);
    await stream.unsubscribe();
  });

  test("disposing drops the queue", async () => {
    await using pair = await connected({}, V5);
    const { client, session } = pair;
    {
      await using stream = await client.stream("a");
      await session.send(session.packets.publish({ topic: "a" }));
      await eventually(() => expect(stream.length).toBe(1));
      expect(client.statistics.queuedIncoming).toBe(1);
    }
    await session.waitFor("UNSUBSCRIBE");
    expect(client.statistics.queuedIncoming).toBe(0);
  });

  test("a lost connection ends it, and a later one does not revive it", async () => {
    await using pair = await connected({}, V5);
    const { client, session, broker } = pair;
    const stream = await client.stream("a");
    await session.send(session.packets.publish({ topic: "a", payload: "1" }));
    session.end();
    expect(await stream.closed).toMatchObject({ code: "CONNECTION_LOST" });
    const { value } = await stream.next();
    expect(value?.text()).toBe("1");
    await expect(stream.next()).rejects.toMatchObject({
      code: "CONNECTION_LOST",
      message: "Disconnected during message iteration",
    });
    await client.connect();
    const later = await broker.accept();
    await later.send(later.packets.publish({ topic: "a", payload: "2" }));
    expect((await client.messages.next({ timeout: 5 })).value?.text()).toBe("2");
    await expect(stream.next()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    await stream[Symbol.asyncDispose]();
  });

  test("disconnect ends it after its queue", async () => {
    await using pair = await connected({}, V5);
    const { client, session } = pair;
    const stream = await client.stream("a");
    await session.send(session.packets.publish({ topic: "a", payload: "1" }));
    await eventually(() => expect(stream.length).toBe(1));
    await client.disconnect();
    expect(await textsOf(stream)).toEqual(["1"]);
    expect(await stream.closed).toBeUndefined();
    await expect(client.stream("a")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  });

  test("a loop that is left unsubscribes nothing, and another one goes on", async () => {
    await using pair = await connected({}, V5);
    const { client, session } = pair;
    const stream = await client.stream("a");
    const send = (payload: string) => session.send(session.packets.publish({ topic: "a", payload }));
    await send("1");
    await send("2");
    for await (const message of stream) {
      expect(message.text()).toBe("1");
      break;
    }
    const iterator = stream[Symbol.asyncIterator]();
    expect((await iterator.next({ timeout: 5 })).value?.text()).toBe("2");
    expect(iterator.length).toBe(0);
    await iterator.return();
    expect(unsubscribed(session)).toEqual([]);
    await expect(stream.next({ timeout: 0 })).rejects.toMatchObject({ code: "TIMEOUT" });
  });
});

test("each stream has its own limit", async () => {
  const logger = new RecordingLogger();
  await using pair = await connected({}, { ...V5, logger });
  const { client, session } = pair;
  const few = await client.stream("a/#", { maxQueued: 2, overflow: "drop-oldest" });
  const all = await client.stream("a/+");
  for (const payload of ["1", "2", "3"])
    await session.send(
      session.packets.publish({
        topic: "a/b",
        payload,
        properties: { subscriptionIdentifiers: [TOP, TOP - 1] },
      }),
    );
  await eventually(() => expect(all.length).toBe(3));
  expect([few.length, few.dropped, all.dropped]).toEqual([2, 1, 0]);
  expect(client.statistics).toMatchObject({ messagesReceived: 3, messagesDropped: 1, queuedIncoming: 5 });
  const [one, other] = [(await few.next()).value, (await all.next()).value];
  expect([one?.text(), other?.text()]).toEqual(["2", "1"]);
});

test("each destination gets a message of its own over the same payload", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  const one = await client.stream("a/#");
  const other = await client.stream("a/+");
  await session.send(session.packets.publish({ topic: "a/b", payload: "x" }));
  const [first, second] = [(await one.next()).value, (await other.next()).value];
  expect(first).not.toBe(second);
  expect(first?.payload.buffer).toBe(second?.payload.buffer);
  expect(first).toEqual(second);
});

test("messages that nothing matches are dropped, if the program wants that", async () => {
  await using pair = await connected({}, { ...V5, unmatched: "drop" });
  const { client, session } = pair;
  await client.subscribe("a");
  await session.send(
    session.packets.publish({ topic: "b" }),
    session.packets.publish({ topic: "a", payload: "1" }),
  );
  expect((await client.messages.next({ timeout: 5 })).value?.text()).toBe("1");
  expect(client.statistics).toMatchObject({ messagesReceived: 2, messagesDropped: 1 });
});

describe("wrong arguments", () => {
  test.each([
    [[], {}, RangeError, /at least one filter/],
    ["a/#/b", {}, RangeError, /Invalid wildcard/],
    ["a", { maxQueued: 0 }, RangeError, /maxQueued must be a whole number from 1/],
    ["a", { maxQueued: "1" }, TypeError, /maxQueued must be a number/],
    ["a", { queueType: {} }, TypeError, /queueType must be a class/],
    ["a", { overflow: "block" }, TypeError, /overflow must be/],
    ["a", { maxQueue: 1 }, TypeError, /did you mean maxQueued/],
    [["a", ["a", 1]], {}, TypeError, /twice with different options/],
  ])("%j with %j", async (topic, options, error, text) => {
    await using pair = await connected();
    const call = pair.client.stream(topic as string, options as object);
    await expect(call).rejects.toThrow(error);
    await expect(call).rejects.toThrow(text);
    const stream = await pair.client.stream("ok");
    await expect(stream.unsubscribe({ signal: 1 as unknown as AbortSignal })).rejects.toThrow(TypeError);
    expect(await Promise.race([stream.closed, "open"])).toBe("open");
  });

  test("the client refuses them", () => {
    expect(() => new Client("localhost", { unmatched: "keep" as "drop" })).toThrow(/unmatched must be/);
  });

  test("a stream without a connection is refused without reconnect", async () => {
    await expect(new Client("localhost").stream("a")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  });
});

describe("with reconnect", () => {
  const RECONNECT = { ...V5, reconnect: { minDelay: 0.01, maxDelay: 0.02 } };

  test("a stream that is made before the first connection has the first messages of a resumed session", async () => {
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) =>
        session.send(
          session.packets.connack({ sessionPresent: true }),
          session.packets.publish({ topic: "a/b", payload: "kept", qos: 1 }),
        ),
    });
    const client = new Client(broker.url, { ...RECONNECT, identifier: "x", cleanStart: false });
    const stream = await client.stream("a/#", { qos: 1 });
    expect(stream.reasonCodes).toEqual([]);
    await client.connect();
    const session = await broker.accept();
    expect(subscribes(session)).toEqual([{ filters: ["a/#"], identifier: TOP, retainHandling: 0 }]);
    expect((await stream.next({ timeout: 5 })).value?.text()).toBe("kept");
    expect(client.messages.length).toBe(0);
    await client.disconnect();
  });

  test("a refused filter ends a stream that was made before the first connection", async () => {
    await using broker = await ScriptedBroker.serving(refusing("b"));
    const client = new Client(broker.url, RECONNECT);
    const stream = await client.stream(["a", "b"]);
    const other = await client.stream("c");
    await client.connect();
    expect(await stream.closed).toMatchObject({ code: "REFUSED", reasonCode: { value: 0x87 } });
    await expect(stream.next()).rejects.toMatchObject({ code: "REFUSED" });
    const session = await broker.accept();
    await session.waitFor("UNSUBSCRIBE");
    expect(unsubscribed(session)).toEqual(["a"]);
    expect(await Promise.race([other.closed, "open"])).toBe("open");
    await client.disconnect();
    expect(await other.closed).toBeUndefined();
  });

  test("a broker without identifiers gets none", async () => {
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ properties: { subscriptionIdentifierAvailable: 0 } })),
    });
    const client = new Client(broker.url, RECONNECT);
    const stream = await client.stream("a");
    await client.connect();
    const session = await broker.accept();
    expect(subscribes(session)).toEqual([{ filters: ["a"], identifier: undefined, retainHandling: 0 }]);
    await session.send(session.packets.publish({ topic: "a", payload: "1" }));
    expect((await stream.next({ timeout: 5 })).value?.text()).toBe("1");
    await client.disconnect();
  });

  test("a stream outlives a lost session with its identifier, and a resumed one without a packet", async () => {
    let present = false;
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(session.packets.connack({ sessionPresent: present })),
    });
    const client = await Client.connect(broker.url, RECONNECT);
    const stream = await client.stream("a");
    const receive = async (session: ScriptedSession, payload: string) => {
      await session.send(session.packets.publish({ topic: "a", payload }));
      expect((await stream.next({ timeout: 5 })).value?.text()).toBe(payload);
    };
    const first = await broker.accept();
    await receive(first, "1");
    first.end();
    const second = await broker.accept();
    await second.waitFor("SUBSCRIBE");
    expect(subscribes(second)).toEqual([{ filters: ["a"], identifier: TOP, retainHandling: 0 }]);
    await receive(second, "2");
    present = true;
    second.end();
    const third = await broker.accept();
    await third.waitFor("CONNECT");
    await receive(third, "3");
    expect(subscribes(third)).toEqual([]);
    await stream.unsubscribe();
    expect(unsubscribed(third)).toEqual(["a"]);
    present = false;
    third.end();
    const fourth = await broker.accept();
    await client.ready();
    expect(subscribes(fourth)).toEqual([]);
    await client.disconnect();
  });

  test("a filter that is refused for good when it is renewed ends its streams", async () => {
    let refused = false;
    await using broker = await ScriptedBroker.serving({
      SUBSCRIBE: ({ packetId, subscriptions }, session) =>
        session.send(
          session.packets.suback(
            packetId,
            subscriptions.map(() => (refused ? 0x8f : 0)),
          ),
        ),
    });
    const client = await Client.connect(broker.url, RECONNECT);
    const stream = await client.stream("a");
    refused = true;
    (await broker.accept()).end();
    expect(await stream.closed).toMatchObject({ reasonCode: { value: 0x8f } });
    await client.disconnect();
  });

  test("giving up ends streams with the last failure", async () => {
    const broker = await ScriptedBroker.serving();
    const client = await Client.connect(broker.url, { ...V5, reconnect: { maxAttempts: 1, maxDelay: 0 } });
    const stream = await client.stream("a");
    await broker.stop();
    expect(await stream.closed).toMatchObject({ code: "ECONNREFUSED" });
    await expect(stream.next()).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });
});
