// The acknowledgements of received messages, packet by packet.

import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, type Message, ProtocolVersion } from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const QUIET = { PUBREC: silence };

/** The acknowledgements that the client has sent: type, identifier, and the reason code unless it is success. */
const acks = (session: ScriptedSession): string[] =>
  session.received.flatMap((packet) =>
    packet.type === "PUBACK" || packet.type === "PUBREC"
      ? [`${packet.type} ${packet.packetId}${packet.reasonCode ? ` ${packet.reasonCode}` : ""}`]
      : [],
  );

const send = (session: ScriptedSession, ...messages: [packetId: number, qos: 0 | 1 | 2, topic?: string][]) =>
  session.send(
    ...messages.map(([packetId, qos, topic = "t"]) =>
      session.packets.publish({ topic, qos, packetId, payload: String(packetId) }),
    ),
  );

async function next(source: { next: Client["messages"]["next"] }): Promise<Message> {
  const { value } = await source.next({ timeout: 5 });
  if (value === undefined) throw new Error("the iteration has ended");
  return value;
}

/** Resolves when the client has sent everything that is due. */
async function settled(client: Client): Promise<void> {
  await turn();
  await turn();
  await client.publish("settled", "", { qos: 1 });
}

describe.each([ProtocolVersion.V311, ProtocolVersion.V5])("MQTT level %s", (protocol) => {
  const start = (options: ClientOptions = {}) => connected(QUIET, { protocol, ...options });

  test("received: at once", async () => {
    await using pair = await start();
    const { client, session } = pair;
    await send(session, [1, 1], [2, 2]);
    await eventually(() => expect(acks(session)).toEqual(["PUBACK 1", "PUBREC 2"]));
    expect((await next(client.messages)).acknowledge()).toBe(false);
  });

  test("processed: when the loop asks for the next message", async () => {
    await using pair = await start({ acknowledge: "processed" });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 2], [3, 0], [4, 1]);
    const seen: string[] = [];
    for await (const message of client.messages) {
      await settled(client);
      seen.push(`${message.text()}: ${acks(session).join(", ")}`);
      if (message.text() === "4") break;
    }
    expect(seen).toEqual(["1: ", "2: PUBACK 1", "3: PUBACK 1, PUBREC 2", "4: PUBACK 1, PUBREC 2"]);
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 1", "PUBREC 2"]);
    expect(client.messages.length).toBe(1);
    for await (const message of client.messages) {
      expect(message.text()).toBe("4");
      expect(message.acknowledge()).toBe(true);
      expect(message.acknowledge()).toBe(false);
      break;
    }
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 1", "PUBREC 2", "PUBACK 4"]);
    expect(client.messages.length).toBe(0);
  });

  test("processed: not when the body throws, nor by next()", async () => {
    await using pair = await start({ acknowledge: "processed" });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 1]);
    const loop = async () => {
      for await (const message of client.messages) throw new Error(message.text());
    };
    await expect(loop()).rejects.toThrow("1");
    await expect(loop()).rejects.toThrow("1");
    const one = await next(client.messages);
    await next(client.messages);
    await settled(client);
    expect(acks(session)).toEqual([]);
    expect(one.acknowledge()).toBe(true);
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 1"]);
  });

  test("manual: in any order, and sent in the order of the messages, together", async () => {
    await using pair = await start({ acknowledge: "manual" });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 1], [3, 2], [4, 2], [5, 1]);
    const messages: Message[] = [];
    while (messages.length < 5) messages.push(await next(client.messages));
    expect(client.statistics.oldestUnacknowledged).toBeGreaterThan(0);
    expect(messages[1]?.acknowledge()).toBe(true);
    expect(messages[3]?.acknowledge()).toBe(true);
    await settled(client);
    expect(acks(session)).toEqual([]);
    messages[2]?.acknowledge();
    await settled(client);
    expect(acks(session)).toEqual(["PUBREC 3", "PUBREC 4"]);
    messages[0]?.acknowledge();
    messages[4]?.acknowledge();
    await settled(client);
    expect(acks(session)).toEqual(["PUBREC 3", "PUBREC 4", "PUBACK 1", "PUBACK 2", "PUBACK 5"]);
    expect(client.statistics.oldestUnacknowledged).toBe(0);
  });

  test("manual: each at once, if the program does not want the order", async () => {
    await using pair = await start({ acknowledge: "manual", acknowledgeInOrder: false });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 1]);
    await next(client.messages);
    (await next(client.messages)).acknowledge();
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 2"]);
  });

  test("a late stream holds up the messages of the others", async () => {
    await using pair = await start();
    const { client, session } = pair;
    await send(session, [1, 1, "other"]);
    const late = await client.stream("late", { qos: 1, acknowledge: "manual" });
    await send(session, [2, 1, "late"], [3, 1, "other"]);
    const message = await next(late);
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 1"]);
    message.acknowledge();
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 1", "PUBACK 2", "PUBACK 3"]);
    expect(client.messages.length).toBe(2);
  });

  test("a message is acknowledged when each destination has done so", async () => {
    await using pair = await start();
    const { client, session } = pair;
    const one = await client.stream("a/#", { qos: 1, acknowledge: "manual" });
    const other = await client.stream("a/+", { qos: 1, acknowledge: "manual" });
    await client.subscribe("a/b", { qos: 1 });
    await send(session, [1, 1, "a/b"]);
    (await next(one)).acknowledge();
    await settled(client);
    expect(acks(session)).toEqual([]);
    (await next(other)).acknowledge();
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 1"]);
    expect(client.messages.length).toBe(1);
  });

  test("a disposed stream gives its messages up, and holds up nothing", async () => {
    const logger = new RecordingLogger();
    await using pair = await start({ logger });
    const { client, session } = pair;
    const one = await client.stream("one", { qos: 1, acknowledge: "processed" });
    const other = await client.stream("other", { qos: 1, acknowledge: "manual" });
    await send(session, [1, 1, "one"], [2, 1, "one"], [3, 1, "other"]);
    const given = await next(one);
    (await next(other)).acknowledge();
    await one[Symbol.asyncDispose]();
    await settled(client);
    expect(acks(session)).toEqual(["PUBACK 3"]);
    expect(given.acknowledge()).toBe(false);
    expect(logger.warnings.filter((line) => line.includes("disposed"))).toHaveLength(1);
  });

  test("no message of QoS 1 and 2 is dropped", async () => {
    await using pair = await start({
      acknowledge: "processed",
      maxQueuedIncomingMessages: 2,
      overflow: "drop-oldest",
    });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 2], [3, 1], [4, 0], [5, 1]);
    await eventually(() => expect(client.statistics.messagesReceived).toBe(5));
    expect(client.statistics.messagesDropped).toBe(1);
    const texts: string[] = [];
    for await (const message of client.messages) if (texts.push(message.text()) === 4) break;
    expect(texts).toEqual(["1", "2", "3", "5"]);
  });

  test("drain waits for the body, acknowledges, and disconnects", async () => {
    await using pair = await start({ acknowledge: "processed" });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 1]);
    let release = () => {};
    const body = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen: string[] = [];
    const loop = (async () => {
      for await (const message of client.messages) {
        seen.push(message.text());
        await body;
      }
    })();
    await eventually(() => expect(seen).toEqual(["1"]));
    const end = client.disconnect({ drain: true });
    await turn();
    expect(session.received.some(({ type }) => type === "DISCONNECT")).toBe(false);
    release();
    await end;
    await loop;
    expect(seen).toEqual(["1"]);
    expect(acks(session)).toEqual(["PUBACK 1"]);
    expect(session.received.at(-1)?.type).toBe("DISCONNECT");
  });

  test("after disconnect, what is not acknowledged is not given out", async () => {
    await using pair = await start({ acknowledge: "manual" });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 0]);
    await eventually(() => expect(client.messages.length).toBe(2));
    await client.disconnect();
    const texts: string[] = [];
    for await (const message of client.messages) texts.push(message.text());
    expect(texts).toEqual(["2"]);
  });
});

describe("reason codes", () => {
  test("the first failing code of MQTT 5 counts", async () => {
    await using pair = await connected(QUIET, { ...V5, acknowledge: "manual" });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 2], [3, 1]);
    (await next(client.messages)).acknowledge(0x83, { reasonString: "no" });
    (await next(client.messages)).acknowledge(0x97);
    (await next(client.messages)).acknowledge(0x10);
    await settled(client);
    expect(acks(session).toSorted()).toEqual(["PUBACK 1 131", "PUBACK 3 16", "PUBREC 2 151"]);
    expect(client.statistics.messagesRefused).toBe(2);
    await send(session, [2, 2]);
    (await next(client.messages)).acknowledge();
    await settled(client);
    expect(acks(session).at(-1)).toBe("PUBREC 2");
  });

  test("that are wrong are refused", async () => {
    await using pair = await connected(QUIET, { ...V5, acknowledge: "manual" });
    await send(pair.session, [1, 1]);
    const message = await next(pair.client.messages);
    expect(() => message.acknowledge(0x81)).toThrow(RangeError);
    expect(() => message.acknowledge("0" as unknown as number)).toThrow(TypeError);
    expect(() => message.acknowledge(0, { topic: 1 } as object)).toThrow(TypeError);
    expect(message.acknowledge(0)).toBe(true);
  });
});

describe("Receive Maximum", () => {
  const maximumOf = async (options: ClientOptions) => {
    const broker = await ScriptedBroker.serving();
    await using _client = await Client.connect(broker.url, { ...V5, ...options });
    const session = await broker.accept();
    const { properties } = await session.receive("CONNECT");
    return properties.toString("hex");
  };

  test("is 1000 with late acknowledgement, unless it is given", async () => {
    expect(await maximumOf({})).toBe("");
    expect(await maximumOf({ acknowledge: "manual" })).toBe("2103e8");
    expect(await maximumOf({ acknowledge: "manual", receiveMaximum: 2 })).toBe("210002");
    expect(await maximumOf({ properties: { receiveMaximum: 3 } })).toBe("210003");
  });

  test("that a broker exceeds is logged once, and acknowledgements make room", async () => {
    const logger = new RecordingLogger();
    await using pair = await connected(QUIET, { ...V5, acknowledge: "manual", receiveMaximum: 2, logger });
    const { client, session } = pair;
    await send(session, [1, 1], [2, 2]);
    (await next(client.messages)).acknowledge();
    await settled(client);
    await send(session, [3, 1]);
    await next(client.messages);
    expect((await next(client.messages)).text()).toBe("3");
    const exceeded = () => logger.warnings.filter((line) => line.includes("receive maximum"));
    expect(exceeded()).toEqual([]);
    await send(session, [4, 1], [5, 2]);
    expect((await next(client.messages)).text()).toBe("4");
    expect((await next(client.messages)).text()).toBe("5");
    expect(exceeded()).toHaveLength(1);
  });

  test("wrong options are refused", () => {
    expect(() => new Client("localhost", { receiveMaximum: 1 })).toThrow(/MQTT 5 only/);
    expect(() => new Client("localhost", { ...V5, receiveMaximum: 0 })).toThrow(RangeError);
    expect(
      () => new Client("localhost", { ...V5, receiveMaximum: 1, properties: { receiveMaximum: 2 } }),
    ).toThrow(/1 and 2/);
    expect(() => new Client("localhost", { acknowledge: "late" as "manual" })).toThrow(/acknowledge must be/);
    expect(() => new Client("localhost", { acknowledgeInOrder: 1 as never })).toThrow(TypeError);
  });
});

describe("after a loss", () => {
  const reconnecting = (state: { present: boolean }) =>
    ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(session.packets.connack({ sessionPresent: state.present })),
      ...QUIET,
    });
  const OPTIONS = { ...V5, acknowledge: "manual", reconnect: { minDelay: 0.01, maxDelay: 0.01 } } as const;

  async function lose(broker: ScriptedBroker, session: ScriptedSession): Promise<ScriptedSession> {
    session.end();
    const later = await broker.accept();
    await later.waitFor("CONNECT");
    return later;
  }

  test("queued messages of QoS 1 are void, given ones are not acknowledged, and all come again", async () => {
    const state = { present: false };
    await using broker = await reconnecting(state);
    const client = await Client.connect(broker.url, OPTIONS);
    const session = await broker.accept();
    await send(session, [1, 1], [2, 1], [3, 0]);
    const one = await next(client.messages);
    await eventually(() => expect(client.messages.length).toBe(2));
    state.present = true;
    const later = await lose(broker, session);
    await send(later, [1, 1], [2, 1]);
    await eventually(() => expect(client.messages.length).toBe(3));
    expect(one.acknowledge()).toBe(false);
    const texts = [await next(client.messages), await next(client.messages), await next(client.messages)];
    expect(texts.map((message) => message.text())).toEqual(["3", "1", "2"]);
    expect(texts.map((message) => message.acknowledge())).toEqual([false, true, true]);
    await settled(client);
    expect(acks(later)).toEqual(["PUBACK 1", "PUBACK 2"]);
    await client.disconnect();
  });

  test("a repeat of QoS 2 belongs to the message that was given", async () => {
    const state = { present: false };
    await using broker = await reconnecting(state);
    const client = await Client.connect(broker.url, OPTIONS);
    const session = await broker.accept();
    await send(session, [1, 2], [2, 2], [3, 2]);
    const one = await next(client.messages);
    const two = await next(client.messages);
    await eventually(() => expect(client.messages.length).toBe(1));
    state.present = true;
    const later = await lose(broker, session);
    expect(two.acknowledge()).toBe(true);
    await send(later, [1, 2], [2, 2], [3, 2]);
    await eventually(() => expect(client.messages.length).toBe(1));
    await settled(client);
    expect(acks(later)).toEqual([]);
    expect(one.acknowledge()).toBe(true);
    await settled(client);
    expect(acks(later)).toEqual(["PUBREC 1", "PUBREC 2"]);
    const three = await next(client.messages);
    expect(three.text()).toBe("3");
    expect(three.acknowledge()).toBe(true);
    await settled(client);
    expect(acks(later)).toEqual(["PUBREC 1", "PUBREC 2", "PUBREC 3"]);
    await client.disconnect();
  });

  test("everything stays and nothing is acknowledged without the session", async () => {
    const state = { present: false };
    await using broker = await reconnecting(state);
    const client = await Client.connect(broker.url, OPTIONS);
    const session = await broker.accept();
    await send(session, [1, 1], [2, 2]);
    const one = await next(client.messages);
    await eventually(() => expect(client.messages.length).toBe(1));
    const later = await lose(broker, session);
    await client.ready();
    await send(later, [1, 1], [2, 2]);
    await eventually(() => expect(client.messages.length).toBe(3));
    expect(one.acknowledge()).toBe(false);
    expect((await next(client.messages)).acknowledge()).toBe(false);
    expect((await next(client.messages)).acknowledge()).toBe(true);
    await settled(client);
    expect(acks(later)).toEqual(["PUBACK 1"]);
    await client.disconnect();
  });
});

test("a body may await its own publish while acknowledgements wait", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed", receiveMaximum: 1 });
  const { client, session } = pair;
  const seen: string[] = [];
  const sender = (async () => {
    for (let packetId = 1; packetId <= 5; packetId++) {
      await send(session, [packetId, 1]);
      await session.waitFor("PUBACK", { where: (packet) => packet.packetId === packetId });
    }
  })();
  for await (const message of client.messages) {
    await client.publish("answer", message.payload, { qos: 2 });
    seen.push(message.text());
    if (seen.length === 5) {
      message.acknowledge();
      break;
    }
  }
  await sender;
  expect(seen).toEqual(["1", "2", "3", "4", "5"]);
});
