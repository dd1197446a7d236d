// PUBLISH packets under an identifier that the broker has not released: repetitions, and new messages.

import { describe, expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import { takeOne } from "../support/messages.ts";
import type { Publish } from "../support/packets.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = ProtocolVersion.V5;

const versions = [
  { name: "3.1.1", options: { identifier: "sensor", cleanSession: false } },
  {
    name: "5",
    options: {
      protocol: V5,
      identifier: "sensor",
      cleanStart: false,
      properties: { sessionExpiryInterval: 60, topicAliasMaximum: 10 },
    },
  },
];

/** Sends these to a client, each on a connection of its own, never releases them, and returns what the program gets. */
async function deliver(options: object, ...messages: Partial<Publish>[]): Promise<string[]> {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack({ sessionPresent: broker.sessions.length > 1 })),
    PUBREC: () => {},
  });
  const client = new Client(broker.url, options);
  const delivered: string[] = [];
  for (const message of messages) {
    await client.connect();
    const session = await broker.accept();
    const publish = { topic: "t", payload: "a", qos: 2 as const, packetId: 5, ...message };
    await session.send(session.packets.publish(publish), session.packets.publish({ topic: "end" }));
    expect((await session.waitFor("PUBREC")).packetId).toBe(5);
    for (let next = await takeOne(client); next.topic.value !== "end"; next = await takeOne(client))
      delivered.push(`${next.topic}: ${next.text()}`);
    session.reset();
    await client.closed;
  }
  return delivered;
}

describe.each(versions)("MQTT $name", ({ options }) => {
  test.each([false, true])(
    "another message under the same identifier is delivered (DUP: %s)",
    async (dup) => {
      expect(await deliver(options, {}, { payload: "b", dup })).toEqual(["t: a", "t: b"]);
      expect(await deliver(options, {}, { topic: "u", dup })).toEqual(["t: a", "u: a"]);
    },
  );

  test.each([false, true])("the same message is delivered once (DUP: %s)", async (dup) => {
    expect(await deliver(options, {}, { dup }, { dup })).toEqual(["t: a"]);
  });

  test("the later of two messages under one identifier is known when it is repeated", async () => {
    const later = { payload: "b" };
    expect(await deliver(options, {}, later, { ...later, dup: true })).toEqual(["t: a", "t: b"]);
  });

  test("large messages are told apart by any of their bytes", async () => {
    const one = Buffer.alloc(1_000_000, "x");
    const other = Buffer.from(one).fill("y", 654_321, 654_322);
    const large = (payload: Buffer) => deliver(options, { payload: one }, { payload, dup: true });
    expect(await large(one)).toHaveLength(1);
    expect(await large(other)).toHaveLength(2);
  });
});

test("a topic alias stands for its topic", async () => {
  const { options } = versions[1]!;
  const topicAlias = 3;
  const once = await deliver(options, { properties: { topicAlias } }, { dup: true });
  expect(once).toEqual(["t: a"]);
});

test("other properties make no other message", async () => {
  const { options } = versions[1]!;
  const first = { properties: { messageExpiryInterval: 100 } };
  const again = { properties: { messageExpiryInterval: 42 }, dup: true };
  expect(await deliver(options, first, again)).toEqual(["t: a"]);
});
