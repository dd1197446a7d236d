import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type Payload, ProtocolVersion, Topic } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { take, takeOne, told } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { combinations, levels, protocols } from "../support/protocols.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes that reveal missing, duplicated and misplaced pieces. */
function patterned(size: number): Buffer {
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2654435761);
  return Buffer.from(words.buffer, 0, size);
}

let broker: Broker;
beforeAll(async () => {
  broker = await startMosquitto();
});
afterAll(() => broker.stop());

describe.each(combinations)("MQTT $name, QoS $qos", ({ protocol, qos }) => {
  let client: Client;
  beforeAll(async () => {
    client = await Client.connect(broker.url, { protocol });
    await client.subscribe("echo/#", { qos: 2 });
  });
  afterAll(async () => {
    await client.disconnect();
  });

  test.each<[what: string, payload: Payload, expected: Buffer]>([
    ["text", "grüße 🦆", Buffer.from("grüße 🦆")],
    ["an empty string", "", Buffer.alloc(0)],
    ["a Buffer", Buffer.from([0, 1, 255]), Buffer.from([0, 1, 255])],
    ["part of a Buffer", Buffer.from("abcdef").subarray(2, 4), Buffer.from("cd")],
    ["an ArrayBuffer", new Uint8Array([3, 4]).buffer, Buffer.from([3, 4])],
    ["a DataView", new DataView(new Uint8Array([5, 6, 7]).buffer, 1), Buffer.from([6, 7])],
    ["a Uint16Array", new Uint16Array([0x0201]), Buffer.from([1, 2])],
    ["a Float64Array", new Float64Array([1]), Buffer.from("000000000000f03f", "hex")],
    ["an integer", 42, Buffer.from("42")],
    ["a fraction", -28.4, Buffer.from("-28.4")],
    ["a bigint", 12345678901234567890n, Buffer.from("12345678901234567890")],
    ["null", null, Buffer.alloc(0)],
    ["undefined", undefined, Buffer.alloc(0)],
  ])("a payload of %s arrives", async (_what, payload, expected) => {
    await client.publish("echo/type", payload, { qos });
    const message = await takeOne(client);
    expect([message.topic.value, message.qos, message.payload]).toEqual(["echo/type", qos, expected]);
  });

  test.each([0, 1, 64 * KIB, MIB])("a payload of %i bytes arrives intact", async (size) => {
    const payload = patterned(size);
    await client.publish("echo/size", payload, { qos });
    expect((await takeOne(client)).payload.equals(payload)).toBe(true);
  });

  test("a Topic is accepted as a topic", async () => {
    await client.publish(new Topic("echo/topic"), "p", { qos });
    expect((await takeOne(client)).topic.value).toBe("echo/topic");
  });

  test("the longest topic arrives", async () => {
    const topic = `echo/${"t".repeat(65_530)}`;
    await client.publish(topic, "p", { qos });
    expect((await takeOne(client)).topic.value).toBe(topic);
  });

  test("the result has the packet identifier and the reason code", async () => {
    const result = await client.publish("echo/result", "p", { qos });
    await takeOne(client);
    expect(result.mid === 0).toBe(qos === 0);
    expect(result.reasonCode).toMatchObject({ value: 0, isFailure: false });
  });

  test("a retained message waits for its subscriber, and an empty one removes it", async () => {
    const topic = `retained/${protocol}/${qos}`;
    await client.publish(topic, "kept", { qos, retain: true });
    await using later = await Client.connect(broker.url, { protocol });
    await later.subscribe(topic, { qos: 2 });
    expect(told(await takeOne(later))).toEqual({ topic, text: "kept", qos, retain: true });
    await client.publish(topic, null, { qos, retain: true });
    expect(told(await takeOne(later))).toEqual({ topic, text: "", qos, retain: false });
    await using last = await Client.connect(broker.url, { protocol });
    await last.subscribe([topic, "echo/after"], { qos: 2 });
    await client.publish("echo/after", "nothing before this", { qos: 2 });
    expect((await takeOne(last)).topic.value).toBe("echo/after");
    await takeOne(client);
  });

  test("many messages at once arrive in their order", async () => {
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    await Promise.all(numbers.map((number) => client.publish("echo/order", number, { qos })));
    expect((await take(client, 500)).map((message) => message.json<number>())).toEqual(numbers);
  });
});

test.each(levels)("QoS %i: 50 MiB arrive intact", async (qos) => {
  const payload = patterned(50 * MIB);
  await using receiver = await Client.connect(broker.url);
  await receiver.subscribe("large", { qos });
  await using sender = await Client.connect(broker.url);
  await sender.publish("large", payload, { qos });
  expect((await takeOne(receiver)).payload.equals(payload)).toBe(true);
});

test.each(protocols)("MQTT $name: small messages behind large ones arrive in order", async ({ protocol }) => {
  await using client = await Client.connect(broker.url, { protocol });
  await client.subscribe("sizes", { qos: 1 });
  const sizes = [0, MIB, 1, 70_000, 65_535, 65_536, 0, 3 * MIB, 200];
  await Promise.all(sizes.map((size) => client.publish("sizes", patterned(size), { qos: 1 })));
  const received = await take(client, sizes.length);
  expect(received.map(({ payload }) => payload.equals(patterned(payload.length)) && payload.length)).toEqual(
    sizes,
  );
});

test("the payload may be changed as soon as publish has returned", async () => {
  await using client = await Client.connect(broker.url);
  await client.subscribe("changed", { qos: 1 });
  const payload = Buffer.from("before");
  const published = client.publish("changed", payload, { qos: 1 });
  payload.fill("x");
  await published;
  expect((await takeOne(client)).text()).toBe("before");
});

test("MQTT 5: the properties of a message arrive", async () => {
  await using client = await Client.connect(broker.url, { protocol: ProtocolVersion.V5 });
  await client.subscribe("described", { properties: { subscriptionIdentifier: 268_435_455 } });
  const properties = {
    payloadFormatIndicator: true,
    contentType: "text/plain",
    responseTopic: "answers",
    correlationData: Buffer.from([0, 255]),
    userProperties: [
      ["a", "1"],
      ["b", ""],
      ["a", "2"],
    ] as const,
  };
  await client.publish("described", "p", { properties: { ...properties, messageExpiryInterval: 60 } });
  expect((await takeOne(client)).properties).toEqual({
    ...properties,
    messageExpiryInterval: 60,
    subscriptionIdentifiers: [268_435_455],
  });
});
