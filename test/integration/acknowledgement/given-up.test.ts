// Messages whose destination goes before they are acknowledged.

import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };

/** Collects garbage, after the reactions of settled promises. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  for (let round = 0; round < 3; round++) {
    await turn();
    (runInNewContext("gc") as () => void)();
  }
}

/** The acknowledgements that the client has sent, as types and identifiers. */
const acks = (session: ScriptedSession): string[] =>
  session.received.flatMap((packet) =>
    packet.type === "PUBACK" || packet.type === "PUBREC" ? [`${packet.type} ${packet.packetId}`] : [],
  );

const send = (session: ScriptedSession, ...messages: [packetId: number, qos: 1 | 2, topic: string][]) =>
  session.send(
    ...messages.map(([packetId, qos, topic]) =>
      session.packets.publish({ topic, qos, packetId, payload: String(packetId) }),
    ),
  );

/** Resolves when the client has sent everything that is due. */
async function settled(client: Client): Promise<void> {
  await turn();
  await turn();
  await client.publish("settled", "", { qos: 1 });
}

/** A broker that has a session from the second connection on. */
const resuming = () => {
  let connections = 0;
  return ScriptedBroker.serving({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack({ sessionPresent: connections++ > 0 })),
    PUBREC: silence,
  });
};

describe("a stream that has ended", () => {
  test.each([1, 2] as const)(
    "is passed over when a resumed session repeats its messages, QoS %s",
    async (qos) => {
      await using broker = await resuming();
      const client = await Client.connect(broker.url, { ...V5, cleanStart: false, acknowledge: "processed" });
      const session = await broker.accept();
      const stream = await client.stream("a", { qos });
      await send(session, [1, qos, "a"]);
      await eventually(() => expect(stream.length).toBe(1));
      session.end();
      await stream.closed;
      await client.connect();
      const later = await broker.accept();
      expect(stream.length).toBe(0);
      await send(later, [1, qos, "a"], [2, qos, "b"]);
      const texts: string[] = [];
      for await (const message of client.messages) {
        texts.push(message.text());
        message.acknowledge();
        if (texts.length === 2) break;
      }
      expect(texts).toEqual(["1", "2"]);
      await settled(client);
      expect(acks(later)).toEqual(qos === 1 ? ["PUBACK 1", "PUBACK 2"] : ["PUBREC 1", "PUBREC 2"]);
      await client.disconnect();
    },
  );

  test("has no messages that were given again, and the program can acknowledge those", async () => {
    await using broker = await resuming();
    const client = await Client.connect(broker.url, { ...V5, cleanStart: false });
    const session = await broker.accept();
    const stream = await client.stream("a", { qos: 2, acknowledge: "manual" });
    await send(session, [1, 2, "a"]);
    const { value } = await stream.next({ timeout: 5 });
    session.end();
    await stream.closed;
    await client.connect();
    const later = await broker.accept();
    await send(later, [1, 2, "a"]);
    await settled(client);
    expect(acks(later)).toEqual([]);
    expect(value?.acknowledge()).toBe(true);
    await settled(client);
    expect(acks(later)).toEqual(["PUBREC 1"]);
    expect([stream.length, client.messages.length]).toEqual([0, 0]);
    await client.disconnect();
  });

  test("stalls nothing if it is disposed between a resumed session and its repeats", async () => {
    await using broker = await resuming();
    const reconnect = { minDelay: 0.01, maxDelay: 0.01 };
    const client = await Client.connect(broker.url, { ...V5, cleanStart: false, reconnect });
    const session = await broker.accept();
    const stream = await client.stream("a", { qos: 2, acknowledge: "manual" });
    await send(session, [1, 2, "a"]);
    await eventually(() => expect(stream.length).toBe(1));
    session.end();
    const later = await broker.accept();
    await eventually(() => expect(client.statistics.connects).toBe(2));
    await client.ready();
    expect(stream.length).toBe(0);
    await stream[Symbol.asyncDispose]();
    await send(later, [1, 2, "a"], [2, 2, "b"]);
    await eventually(() => expect(acks(later)).toEqual(["PUBREC 1", "PUBREC 2"]));
    expect(client.messages.length).toBe(2);
    await client.disconnect();
  });
});

test.each(["processed", "manual"] as const)(
  "a stream that is unsubscribed delivers its queue, %s",
  async (acknowledge) => {
    await using pair = await connected({ PUBREC: silence }, V5);
    const { client, session } = pair;
    const stream = await client.stream("a", { qos: 2, acknowledge });
    await send(session, [1, 1, "a"], [2, 2, "a"], [3, 1, "a"]);
    await eventually(() => expect(stream.length).toBe(3));
    await stream.unsubscribe();
    expect(stream.length).toBe(3);
    const texts: string[] = [];
    for await (const message of stream) {
      texts.push(message.text());
      if (acknowledge === "manual") expect(message.acknowledge()).toBe(true);
    }
    expect(texts).toEqual(["1", "2", "3"]);
    await settled(client);
    expect(acks(session).toSorted()).toEqual(["PUBACK 1", "PUBACK 3", "PUBREC 2"]);
    expect(client.statistics.oldestUnacknowledged).toBe(0);
  },
);

test("streams that are unsubscribed in their loops are not kept", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  const streams: WeakRef<object>[] = [];
  const use = async (packetId: number) => {
    const stream = await client.stream("a", { qos: 1, acknowledge: "processed" });
    await send(session, [packetId, 1, "a"]);
    for await (const _message of stream) await stream.unsubscribe();
    streams.push(new WeakRef(stream));
  };
  for (let packetId = 1; packetId <= 100; packetId++) await use(packetId);
  await eventually(() => expect(acks(session)).toHaveLength(100));
  await collectGarbage();
  expect(streams.filter((each) => each.deref() !== undefined).length).toBeLessThan(20);
});

test("a stream that is unsubscribed gives out no unacknowledged messages after disconnect", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  const stream = await client.stream("a", { qos: 1, acknowledge: "manual" });
  await send(session, [1, 1, "a"], [2, 1, "a"]);
  await eventually(() => expect(stream.length).toBe(2));
  await stream.unsubscribe();
  await client.disconnect();
  expect(stream.length).toBe(0);
  expect((await stream.next()).done).toBe(true);
});

test("a stream that is refused after messages have come holds up none of them", async () => {
  const logger = new RecordingLogger();
  const answers = {
    PUBREC: silence,
    SUBSCRIBE: async (
      { packetId, subscriptions }: { packetId: number; subscriptions: readonly unknown[] },
      session: ScriptedSession,
    ) => {
      if (subscriptions.length === 1) return session.send(session.packets.suback(packetId, [1]));
      await send(session, [1, 1, "a"]);
      return session.send(session.packets.suback(packetId, [1, 0x87]));
    },
  };
  await using pair = await connected(answers, { ...V5, logger });
  const { client, session } = pair;
  const other = await client.stream("other", { qos: 1, acknowledge: "manual" });
  await expect(client.stream(["a", "b"], { qos: 1, acknowledge: "manual" })).rejects.toThrow(
    /Not authorized/,
  );
  await send(session, [2, 1, "other"]);
  expect((await other.next({ timeout: 5 })).value?.acknowledge()).toBe(true);
  await settled(client);
  expect(acks(session)).toEqual(["PUBACK 2"]);
  expect(logger.warnings.filter((line) => line.includes("disposed"))).toHaveLength(1);
});

test.each(["drop-oldest", "drop-newest"] as const)(
  "%s: dropped messages count no more after a loss",
  async (overflow) => {
    await using broker = await resuming();
    const options = { ...V5, cleanStart: false, maxQueuedIncomingMessages: 2, overflow };
    const reconnect = { minDelay: 0.01, maxDelay: 0.01 };
    const client = await Client.connect(broker.url, { ...options, reconnect });
    const session = await broker.accept();
    const late = await client.stream("late", { qos: 1, acknowledge: "manual" });
    await send(session, [1, 1, "late"], [2, 1, "x"], [3, 1, "x"], [4, 1, "x"], [5, 1, "x"]);
    await eventually(() => expect(client.statistics.messagesDropped).toBe(2));
    expect(late.length).toBe(1);
    session.end();
    const later = await broker.accept();
    await eventually(() => expect(client.messages.length).toBe(0));
    await send(later, [1, 1, "late"], [2, 1, "x"], [3, 1, "x"], [4, 1, "x"]);
    await eventually(() => expect(client.statistics.messagesDropped).toBe(3));
    expect(client.messages.length).toBe(2);
    const texts = [await client.messages.next(), await client.messages.next()].map(({ value }) =>
      value?.text(),
    );
    expect(texts).toEqual(overflow === "drop-oldest" ? ["3", "4"] : ["2", "3"]);
    expect(client.messages.length).toBe(0);
    await client.disconnect();
  },
);

describe("late acknowledgement in a session that does not outlive the process is logged once", () => {
  const lasting = { identifier: "c", cleanStart: false, properties: { sessionExpiryInterval: 60 } };
  const late = { qos: 1, acknowledge: "processed" } as const;

  test.each([
    ["of streams", {}, 1],
    ["of the client", { acknowledge: "manual" }, 1],
    ["without an identifier", { ...lasting, identifier: undefined }, 1],
    ["without a session expiry", { ...lasting, properties: {} }, 1],
    ["with a session that does", lasting, 0],
  ] as const)("%s", async (_name, options, expected) => {
    const logger = new RecordingLogger();
    await using pair = await connected({}, { ...V5, ...options, logger });
    const { client } = pair;
    await client.stream("a", late);
    await client.stream("b", late);
    expect(logger.warnings.filter((line) => line.includes("outlive the process"))).toHaveLength(expected);
  });
});
