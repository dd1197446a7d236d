// The rows of the table of differences in docs/from-mqttjs.md.

import { afterEach, describe, expect, test, vi } from "vitest";
import ours from "../../../lib/mqttjs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { emitted } from "../../support/mqttjs.ts";
import { silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const clients: ours.MqttClient[] = [];

function connect(url: string, options: ours.IClientOptions = {}): ours.MqttClient {
  const client = ours.connect(url, options);
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
});

test("end(cb) calls back with an unacknowledged message and no broker", async () => {
  const client = connect("mqtt://127.0.0.1:9");
  client.publish("t", "m", { qos: 1 });
  await new Promise<void>((resolve) => client.once("close", resolve));
  await new Promise<void>((resolve) => client.end(() => resolve()));
});

test("end(true) ends the wait of an earlier end", async () => {
  await using broker = await ScriptedBroker.serving({ PUBLISH: silence });
  const client = connect(broker.url);
  await emitted(client, "connect");
  client.publish("t", "m", { qos: 1 });
  const end = new Promise<void>((resolve) => client.end(() => resolve()));
  client.end(true);
  await end;
});

test("publishAsync rejects when the client ends before the answer", async () => {
  await using broker = await ScriptedBroker.serving({ PUBLISH: silence });
  const client = connect(broker.url);
  await emitted(client, "connect");
  const published = client.publishAsync("t", "m", { qos: 1 });
  client.end(true);
  await expect(published).rejects.toThrow("Connection closed");
});

test("a message that may have been received is repeated with DUP in a resumed session", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) => {
      session.send(session.packets.connack({ sessionPresent: broker.sessions.length > 0 }));
    },
    PUBLISH: silence,
  });
  const client = connect(broker.url, { clean: false, clientId: "c", reconnectPeriod: 10 });
  await emitted(client, "connect");
  client.publish("t", "m", { qos: 1 });
  const first = await broker.accept();
  await first.receive("CONNECT");
  expect(await first.receive("PUBLISH")).toMatchObject({ dup: false });
  first.destroy();
  const second = await broker.accept();
  await second.receive("CONNECT");
  expect(await second.receive("PUBLISH")).toMatchObject({ dup: true });
});

test("an invalid topic is an error of the callback, and is not sent", async () => {
  await using broker = await startMosquitto();
  const client = connect(broker.url);
  await emitted(client, "connect");
  const error = await new Promise<Error | undefined>((resolve) => client.publish("a/#", "m", resolve));
  expect(error).toBeInstanceOf(RangeError);
  expect(client.connected).toBe(true);
});

test("messageId names the message, and the packet has an identifier of the engine", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = connect(broker.url);
  await emitted(client, "connect");
  const names: (number | undefined)[] = [];
  for (let i = 0; i < 3; i++) {
    const packet = client.publishAsync("t", "m", { qos: 1 });
    names.push(client.getLastMessageId());
    expect((await packet)?.messageId).toBe(names.at(-1));
  }
  const [first = 0] = names;
  expect(names).toEqual([first, first + 1, first + 2]);
});

test("a message of QoS 2 is emitted once, when it arrives", async () => {
  await using broker = await ScriptedBroker.start();
  const client = connect(broker.url);
  const session = await broker.accept();
  await session.receive("CONNECT");
  session.send(session.packets.connack());
  const message = emitted(client, "message");
  session.send(session.packets.publish({ topic: "t", payload: "m", qos: 2, packetId: 7 }));
  await message;
  await session.receive("PUBREC");
  const further = vi.fn();
  client.on("message", further);
  session.send(session.packets.pubrel(7));
  await session.receive("PUBCOMP");
  expect(further).not.toHaveBeenCalled();
});

test("a message of QoS 2 that the broker has received goes on with PUBREL in a new session", async () => {
  await using broker = await ScriptedBroker.start();
  const client = connect(broker.url, { reconnectPeriod: 10 });
  const first = await broker.accept();
  await first.receive("CONNECT");
  first.send(first.packets.connack());
  await emitted(client, "connect");
  const published = client.publishAsync("t", "m", { qos: 2 });
  const { packetId = 0 } = await first.receive("PUBLISH");
  first.send(first.packets.pubrec(packetId));
  await first.receive("PUBREL");
  first.destroy();
  const second = await broker.accept();
  await second.receive("CONNECT");
  second.send(second.packets.connack());
  expect(await second.receive("PUBREL")).toMatchObject({ packetId });
  second.send(second.packets.pubcomp(packetId));
  expect(await published).toMatchObject({ cmd: "pubrel" });
});

test("a message of QoS 2 that the broker may not have is sent again in a new session", async () => {
  await using broker = await ScriptedBroker.start();
  const client = connect(broker.url, { reconnectPeriod: 10 });
  const first = await broker.accept();
  await first.receive("CONNECT");
  first.send(first.packets.connack());
  await emitted(client, "connect");
  client.publish("t", "m", { qos: 2 });
  await first.receive("PUBLISH");
  first.destroy();
  const second = await broker.accept();
  await second.receive("CONNECT");
  second.send(second.packets.connack());
  expect(await second.receive("PUBLISH")).toMatchObject({ topic: "t", qos: 2, dup: false });
});

test("the option dup sets the flag", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = connect(broker.url);
  await client.publishAsync("t", "m", { qos: 1, dup: true });
  const session = await broker.accept();
  await session.receive("CONNECT");
  expect(await session.receive("PUBLISH")).toMatchObject({ dup: true });
});

test("the topic replaces the alias of a message of QoS 2", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) => {
      session.send(session.packets.connack({ properties: { topicAliasMaximum: 5 } }));
    },
  });
  const client = connect(broker.url, { protocolVersion: 5 });
  await emitted(client, "connect");
  await client.publishAsync("t", "m", { qos: 2, properties: { topicAlias: 1 } });
  const session = await broker.accept();
  await session.receive("CONNECT");
  const sent = await session.receive("PUBLISH");
  expect(sent.topic).toBe("t");
  expect(sent.properties).toHaveLength(0);
});

test("the stream has no bytes", async () => {
  await using broker = await startMosquitto();
  const client = connect(broker.url);
  await emitted(client, "connect");
  const failed = new Promise((resolve) => client.stream.write("x", resolve));
  client.stream.once("error", () => {});
  expect(await failed).toBeInstanceOf(Error);
  expect(client.connected).toBe(true);
  client.stream.destroy();
  await emitted(client, "close");
});

describe("options that cannot have an effect are errors that name them", () => {
  test.each([
    [{ createWebsocket: () => {} }, "Option createWebsocket is not supported"],
    [{ browserBufferSize: 1 }, "Option browserBufferSize is not supported"],
    [{ forceNativeWebSocket: true }, "Option forceNativeWebSocket is not supported"],
    [{ protocol: "wxs" as const }, "Protocol wxs is not supported"],
    [{ protocol: "ws" as const, wsOptions: { agent: {} } }, "Option wsOptions.agent is not supported"],
    [
      { protocol: "mqtts" as const, checkServerIdentity: () => {} },
      "Option checkServerIdentity is not supported",
    ],
  ])("%o", (options, message) => {
    expect(() => ours.connect("mqtt://127.0.0.1:9", options)).toThrow(message);
  });

  test("a stream builder", () => {
    expect(() => new ours.MqttClient(() => ({}) as never, {})).toThrow("A streamBuilder is not supported");
  });
});

test("a listener that throws does not lose the messages behind it", async () => {
  await using broker = await startMosquitto();
  const client = connect(broker.url);
  await client.subscribeAsync("t", { qos: 1 });
  const thrown: unknown[] = [];
  const catchIt = (error: unknown) => thrown.push(error);
  const listeners = process.rawListeners("uncaughtException") as ((error: Error) => void)[];
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", catchIt);
  try {
    const received: string[] = [];
    client.on("message", (_topic, payload) => {
      received.push(`${payload}`);
      if (received.length === 1) throw new Error("on purpose");
    });
    for (let i = 0; i < 100; i++) client.publish("t", `${i}`, { qos: 1 });
    await eventually(() => expect(received).toHaveLength(100));
    expect(thrown).toEqual([expect.objectContaining({ message: "on purpose" })]);
  } finally {
    process.off("uncaughtException", catchIt);
    for (const listener of listeners) process.on("uncaughtException", listener);
  }
});

test("a blocked loop survives its keepalive", async () => {
  await using broker = await startMosquitto();
  const client = connect(broker.url, { keepalive: 1 });
  await emitted(client, "connect");
  const closed = vi.fn();
  client.on("close", closed);
  const end = performance.now() + 3000;
  while (performance.now() < end);
  await client.publishAsync("t", "m", { qos: 1 });
  expect(closed).not.toHaveBeenCalled();
});
