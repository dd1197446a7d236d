// Loops with `acknowledge: "processed"` that are left, and connections that are lost while a body runs.

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Client, type Message, type MessageIterator, ProtocolVersion } from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };

/** The acknowledgements that the client has sent, as types and identifiers. */
const acks = (session: ScriptedSession): string[] =>
  session.received.flatMap((packet) =>
    packet.type === "PUBACK" || packet.type === "PUBREC" ? [`${packet.type} ${packet.packetId}`] : [],
  );

const send = (session: ScriptedSession, ...messages: [packetId: number, qos: 0 | 1 | 2][]) =>
  session.send(
    ...messages.map(([packetId, qos]) =>
      session.packets.publish({ topic: "t", qos, packetId, payload: `${packetId}/${qos}` }),
    ),
  );

async function settled(client: Client): Promise<void> {
  await turn();
  await turn();
  await client.publish("settled", "", { qos: 1 });
}

/** Takes the next message of a loop. */
async function next(loop: MessageIterator): Promise<Message> {
  const { value } = await loop.next({ timeout: 5 });
  if (value === undefined) throw new Error("the iteration has ended");
  return value;
}

/** A client whose second connection resumes its session. */
async function resuming() {
  let connections = 0;
  const broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack({ sessionPresent: connections++ > 0 })),
    PUBREC: silence,
  });
  const reconnect = { minDelay: 0.01, maxDelay: 0.01 };
  const client = await Client.connect(broker.url, { ...V5, acknowledge: "processed", reconnect });
  const session = await broker.accept();
  return {
    client,
    session,
    /** Loses the connection. Resolves to the next one. */
    async lose() {
      session.end();
      const later = await broker.accept();
      await eventually(() => expect(client.statistics.connects).toBe(2));
      await client.ready();
      return later;
    },
    async [Symbol.asyncDispose]() {
      await client.disconnect({ timeout: 0 });
      await broker.stop();
    },
  };
}

test("the message of a left loop comes again, unless its QoS is 0 or it is acknowledged", async () => {
  await using pair = await connected({ PUBREC: silence }, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  await send(session, [0, 0], [1, 1], [2, 2], [3, 1]);
  const left: string[] = [];
  const lengths: number[] = [];
  for (let round = 0; round < 5; round++)
    for await (const message of client.messages) {
      left.push(message.text());
      if (round >= 2 && message.qos > 0) message.acknowledge();
      await eventually(() => expect(client.messages.length).toBe([3, 2, 2, 1, 0][round]));
      lengths.push(client.messages.length);
      break;
    }
  expect(left).toEqual(["0/0", "1/1", "1/1", "2/2", "3/1"]);
  await settled(client);
  expect(acks(session).toSorted()).toEqual(["PUBACK 1", "PUBACK 3", "PUBREC 2"]);
  expect(client.messages.length).toBe(0);
});

test("the message of a left loop is the first one of next(), before messages that came later", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  await send(session, [1, 1], [2, 1]);
  const loop = client.messages[Symbol.asyncIterator]();
  expect((await next(loop)).text()).toBe("1/1");
  await loop.return();
  const { value } = await client.messages.next();
  expect(value?.text()).toBe("1/1");
  expect(value?.acknowledge()).toBe(true);
});

test("the message of a loop that disconnects is not given out again", async () => {
  for (const isStream of [false, true]) {
    await using pair = await connected({}, { ...V5, acknowledge: "processed" });
    const { client, session } = pair;
    const source = isStream ? await client.stream("t", { qos: 1 }) : client.messages;
    await send(session, [1, 1], [2, 1], [3, 0]);
    await eventually(() => expect(source.length).toBe(3));
    const texts: string[] = [];
    for await (const message of source) {
      texts.push(message.text());
      await client.disconnect();
      break;
    }
    for await (const message of source) texts.push(message.text());
    expect(texts).toEqual(["1/1", "3/0"]);
    expect(acks(session)).toEqual([]);
  }
});

describe("a lost connection while a body runs", () => {
  test.each([1, 2] as const)("leaves the message of a left loop to the broker, QoS %s", async (qos) => {
    await using parts = await resuming();
    const { client, session } = parts;
    await send(session, [1, qos]);
    const loop = client.messages[Symbol.asyncIterator]();
    await next(loop);
    await loop.return();
    expect(client.messages.length).toBe(1);
    const later = await parts.lose();
    expect(client.messages.length).toBe(0);
    await send(later, [1, qos]);
    const again = client.messages[Symbol.asyncIterator]();
    expect((await next(again)).text()).toBe(`1/${qos}`);
    await settled(client);
    expect(acks(later)).toEqual([]);
    void again.next();
    await eventually(() => expect(acks(later)).toEqual([qos === 1 ? "PUBACK 1" : "PUBREC 1"]));
  });

  test("has QoS 2 answered at once when the body has ended before the repetition", async () => {
    await using parts = await resuming();
    const { client, session } = parts;
    await send(session, [1, 2]);
    const loop = client.messages[Symbol.asyncIterator]();
    await next(loop);
    const later = await parts.lose();
    void loop.next();
    await send(later, [1, 2]);
    await eventually(() => expect(acks(later)).toEqual(["PUBREC 1"]));
    expect(client.messages.length).toBe(0);
  });

  test("has QoS 2 answered when the body ends after the repetition", async () => {
    await using parts = await resuming();
    const { client, session } = parts;
    await send(session, [1, 2]);
    const loop = client.messages[Symbol.asyncIterator]();
    await next(loop);
    const later = await parts.lose();
    await send(later, [1, 2], [1, 2]);
    await settled(client);
    expect(acks(later)).toEqual([]);
    void loop.next();
    await eventually(() => expect(acks(later)).toEqual(["PUBREC 1"]));
    expect(client.messages.length).toBe(0);
  });

  test("gives a message of QoS 1 out again", async () => {
    await using parts = await resuming();
    const { client, session } = parts;
    await send(session, [1, 1]);
    const loop = client.messages[Symbol.asyncIterator]();
    await next(loop);
    const later = await parts.lose();
    await send(later, [1, 1]);
    expect((await next(loop)).text()).toBe("1/1");
    await settled(client);
    expect(acks(later)).toEqual([]);
    void loop.next();
    await eventually(() => expect(acks(later)).toEqual(["PUBACK 1"]));
  });
});

describe("the limits of late acknowledgement", () => {
  test("before MQTT 5 there are no reason codes and no properties", async () => {
    await using pair = await connected({}, { acknowledge: "manual" });
    const { client, session } = pair;
    await send(session, [1, 1]);
    const { value } = await client.messages.next();
    expect(() => value?.acknowledge(0x83)).toThrow(TypeError);
    expect(() => value?.acknowledge(0, { reasonString: "x" })).toThrow(/before MQTT 5/);
    expect(value?.acknowledge()).toBe(true);
    await eventually(() => expect(acks(session)).toEqual(["PUBACK 1"]));
  });

  test.each([
    [{}, 1],
    [{ receiveMaximum: 5 }, 0],
    [{ properties: { receiveMaximum: 5 } }, 0],
    [{ receiveMaximum: 5, properties: { receiveMaximum: 5 } }, 0],
    [{ acknowledge: "manual" }, 0],
  ] as const)("a late stream is warned of on a client with %j: %i", async (options, expected) => {
    const logger = new RecordingLogger();
    await using pair = await connected({}, { ...V5, ...options, logger });
    await pair.client.stream("a", { qos: 1, acknowledge: "manual" });
    await pair.client.stream("b", { qos: 1, acknowledge: "processed" });
    expect(logger.warnings.filter((line) => line.includes("65535 messages ahead"))).toHaveLength(expected);
  });
});
