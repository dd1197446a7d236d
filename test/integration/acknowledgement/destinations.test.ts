// Messages that go to several destinations, and consumers that ask ahead.

import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Client, type Message, type MessageStream, ProtocolVersion } from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { silence } from "../../support/scripted-answers.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const MANUAL = { qos: 2, acknowledge: "manual" } as const;

/** The acknowledgements that the client has sent: type, identifier and reason code. */
const acks = (session: ScriptedSession): string[] =>
  session.received.flatMap((packet) =>
    packet.type === "PUBACK" || packet.type === "PUBREC"
      ? [`${packet.type} ${packet.packetId}${packet.reasonCode ? ` ${packet.reasonCode}` : ""}`]
      : [],
  );

const send = (session: ScriptedSession, ...messages: [packetId: number, qos: 1 | 2, topic: string][]) =>
  session.send(
    ...messages.map(([packetId, qos, topic]) =>
      session.packets.publish({ topic, qos, packetId, payload: String(packetId) }),
    ),
  );

async function settled(client: Client): Promise<void> {
  await turn();
  await turn();
  await client.publish("settled", "", { qos: 1 });
}

async function next(source: MessageStream | Client["messages"]): Promise<Message> {
  const { value } = await source.next({ timeout: 5 });
  if (value === undefined) throw new Error("the iteration has ended");
  return value;
}

test.each([1, 2] as const)("the first failing code of several destinations counts, QoS %s", async (qos) => {
  await using pair = await connected({ PUBREC: silence }, V5);
  const { client, session } = pair;
  const streams = [
    await client.stream("a/#", MANUAL),
    await client.stream("a/+", MANUAL),
    await client.stream("+/b", MANUAL),
  ];
  await client.subscribe("a/b", { qos: 2 });
  await send(session, [7, qos, "a/b"]);
  const messages = await Promise.all(streams.map(next));
  expect(new Set(messages).size).toBe(3);
  expect(new Set(messages.map(({ payload }) => payload.buffer)).size).toBe(1);
  expect(messages[0]?.acknowledge(0x10)).toBe(true);
  expect(messages[1]?.acknowledge(0x97)).toBe(true);
  await settled(client);
  expect(acks(session)).toEqual([]);
  expect(messages[2]?.acknowledge(0x83)).toBe(true);
  await settled(client);
  expect(acks(session)).toEqual([`${qos === 1 ? "PUBACK" : "PUBREC"} 7 151`]);
  expect(client.statistics.messagesRefused).toBe(1);
  expect((await next(client.messages)).acknowledge()).toBe(false);
});

test("a destination that gives a message up leaves it unacknowledged, whoever else acknowledges", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  const one = await client.stream("a/#", MANUAL);
  const other = await client.stream("a/+", MANUAL);
  await send(session, [1, 1, "a/b"], [2, 1, "a/b"]);
  const messages = [await next(other), await next(other)];
  expect(messages[0]?.acknowledge()).toBe(true);
  await one[Symbol.asyncDispose]();
  expect(messages[1]?.acknowledge()).toBe(false);
  await send(session, [3, 1, "a/b"]);
  (await next(other)).acknowledge();
  await settled(client);
  expect(acks(session)).toEqual(["PUBACK 3"]);
});

test("messages that nothing matches are acknowledged and counted when they are dropped", async () => {
  await using pair = await connected(
    { PUBREC: silence },
    { ...V5, acknowledge: "manual", unmatched: "drop" },
  );
  const { client, session } = pair;
  const stream = await client.stream("a", MANUAL);
  await send(session, [1, 1, "x"], [2, 2, "x"], [3, 1, "a"], [4, 1, "x"]);
  const message = await next(stream);
  await settled(client);
  expect(acks(session)).toEqual(["PUBACK 1", "PUBREC 2"]);
  message.acknowledge();
  await settled(client);
  expect(acks(session)).toEqual(["PUBACK 1", "PUBREC 2", "PUBACK 3", "PUBACK 4"]);
  expect(client.statistics).toMatchObject({ messagesReceived: 4, messagesDropped: 3, queuedIncoming: 0 });
});

test("messages that nothing matches follow the acknowledgement of the client", async () => {
  for (const [acknowledge, expected] of [
    ["received", ["PUBACK 1"]],
    ["manual", []],
  ] as const) {
    await using pair = await connected({}, { ...V5, acknowledge });
    const { client, session } = pair;
    await client.stream("a", MANUAL);
    await send(session, [1, 1, "x"]);
    await eventually(() => expect(client.messages.length).toBe(1));
    await settled(client);
    expect(acks(session)).toEqual(expected);
    expect((await next(client.messages)).acknowledge()).toBe(acknowledge === "manual");
  }
});

test("a consumer that asks ahead acknowledges by hand", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  const stream = await client.stream("a", MANUAL);
  await send(session, [1, 1, "a"], [2, 1, "a"], [3, 1, "a"]);
  const readable = Readable.from(stream, { highWaterMark: 16 });
  const read: string[] = [];
  for await (const message of readable) {
    if (read.length === 0) await eventually(() => expect(readable.readableLength).toBe(2));
    read.push(`${message.text()}: ${acks(session)}`);
    message.acknowledge();
    await settled(client);
    if (read.length === 3) break;
  }
  expect(read).toEqual(["1: ", "2: PUBACK 1", "3: PUBACK 1,PUBACK 2"]);
  expect(acks(session)).toEqual(["PUBACK 1", "PUBACK 2", "PUBACK 3"]);
});

test("without the order each acknowledgement of both levels leaves at once", async () => {
  const options = { ...V5, acknowledge: "manual", acknowledgeInOrder: false } as const;
  await using pair = await connected({ PUBREC: silence }, options);
  const { client, session } = pair;
  await send(session, [1, 1, "a"], [2, 2, "a"], [3, 1, "a"], [4, 2, "a"]);
  const messages = [];
  while (messages.length < 4) messages.push(await next(client.messages));
  for (const place of [3, 2, 0, 1]) {
    expect(messages[place]?.acknowledge()).toBe(true);
    await settled(client);
  }
  expect(acks(session)).toEqual(["PUBREC 4", "PUBACK 3", "PUBACK 1", "PUBREC 2"]);
  expect(client.statistics.oldestUnacknowledged).toBe(0);
});
