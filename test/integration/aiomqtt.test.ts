// The tests of aiomqtt's client (tests/test_client.py of 2.5.1), under their own names. The tests of
// tests/test_exceptions.py are in test/unit/protocol/errors.test.ts, and those of tests/test_topic.py in
// test/unit/protocol/topic.test.ts.

import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Client,
  MqttError,
  MqttReentrantError,
  ProtocolVersion,
  TLSParameters,
  Will,
} from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { eventually } from "../support/eventually.ts";
import { take, takeOne } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { Relay } from "../support/relay.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import { Authority } from "../support/tls/authority.ts";

let broker: Broker;
beforeAll(async () => {
  broker = await startMosquitto();
});
afterAll(() => broker.stop());

/** Expects that a client may connect again after a failed attempt. */
async function expectReset(client: Client): Promise<void> {
  expect(client.connected).toBe(false);
  await expect(client.connect()).rejects.not.toBeInstanceOf(MqttReentrantError);
}

/** Expects that a client receives what it publishes; then disconnects it. */
async function expectRoundTrip(client: Client, topic: string): Promise<void> {
  await client.subscribe(topic);
  await client.publish(topic);
  expect((await takeOne(client)).topic.value).toBe(topic);
  await client.disconnect();
}

/** Starts a broker that accepts TLS only, with a certificate of this authority. */
async function startTls(authority: Authority): Promise<{ port: number } & AsyncDisposable> {
  const { chainFile, keyFile } = await authority.issue();
  const tls = await startMosquitto({ listeners: [[`certfile ${chainFile}`, `keyfile ${keyFile}`]] });
  const [port = 0] = tls.furtherPorts;
  return { port, [Symbol.asyncDispose]: () => tls.stop() };
}

test("unsubscribe", async () => {
  await using client = await Client.connect(broker.url);
  await client.subscribe("unsubscribe/1");
  await client.subscribe("unsubscribe/2");
  await client.publish("unsubscribe/1");
  await client.unsubscribe("unsubscribe/1");
  await client.publish("unsubscribe/1");
  await client.publish("unsubscribe/2");
  const topics = (await take(client, 2)).map(({ topic }) => topic.value);
  expect(topics).toEqual(["unsubscribe/1", "unsubscribe/2"]);
});

test.each([
  ["V31", ProtocolVersion.V31, 22],
  ["V311", ProtocolVersion.V311, 0],
  ["V5", ProtocolVersion.V5, 0],
])("client_id: %s", (_name, protocol, length) => {
  expect(new Client("localhost", { protocol }).identifier).toHaveLength(length);
});

test("will", async () => {
  await using client = await Client.connect(broker.url);
  await client.subscribe("will");
  await using relay = await Relay.to(broker);
  await using _lost = await Client.connect(relay.url, { will: new Will({ topic: "will" }) });
  relay.cut();
  expect((await takeOne(client)).topic.value).toBe("will");
});

test("tls_context", async () => {
  await using authority = await Authority.create("root");
  await using tls = await startTls(authority);
  const tlsContext = { ca: authority.certificate };
  await expectRoundTrip(await Client.connect("localhost", tls.port, { tlsContext }), "tls_context");
});

test("tls_params", async () => {
  await using authority = await Authority.create("root");
  await using tls = await startTls(authority);
  const tlsParams = new TLSParameters({ caCerts: authority.certificateFile });
  await expectRoundTrip(await Client.connect("localhost", tls.port, { tlsParams }), "tls_params");
});

test("username_password", async () => {
  await using client = await Client.connect(broker.url, { username: "", password: "" });
  await client.subscribe("username_password");
  await client.publish("username_password");
  expect((await takeOne(client)).topic.value).toBe("username_password");
});

test("logger", async () => {
  const logger = new RecordingLogger();
  await using client = await Client.connect(broker.url, { logger });
  await client.publish("logger", "p", { qos: 1 });
  expect(logger.own).toEqual([expect.stringContaining("info: Connected to ")]);
  expect(logger.lines).toContainEqual(expect.stringContaining("<- PUBACK")); // the engine's lines
});

test("max_concurrent_outgoing_calls", async () => {
  await using client = await Client.connect(broker.url, { maxConcurrentOutgoingCalls: 1 });
  const topic = "max_concurrent_outgoing_calls";
  const calls = [
    client.subscribe(topic),
    client.unsubscribe(topic),
    client.publish(topic, "p", { qos: 1 }),
    client.publish(topic),
  ];
  for (const [index, call] of calls.entries()) {
    const { pendingCalls, queuedOutgoing } = client.statistics;
    expect({ pendingCalls, waiting: queuedOutgoing >= pendingCalls - 1 }).toEqual({
      pendingCalls: calls.length - index,
      waiting: true,
    });
    await call;
  }
});

test("websockets", async () => {
  await using webSocket = await startMosquitto({ listeners: [["protocol websockets"]] });
  const [port = 0] = webSocket.furtherPorts;
  const options = { transport: "websockets", websocketPath: "/", websocketHeaders: { foo: "bar" } } as const;
  await expectRoundTrip(await Client.connect("localhost", port, options), "websockets");
});

// Here a publish of QoS 0 is complete when it has been written, and then it is not pending.
test.each([10, 20])("pending_calls_threshold: %i", async (threshold) => {
  const logger = new RecordingLogger();
  await using client = await Client.connect(broker.url, { logger });
  client.pendingCallsThreshold = threshold;
  const publish = () => client.publish("pending_calls_threshold", "p", { qos: 1 });
  await Promise.all(Array.from({ length: threshold + 1 }, publish));
  expect(logger.warnings).toEqual([`There are ${threshold + 1} pending publish calls.`]);
});

test("no_pending_calls_warnings_with_max_concurrent_outgoing_calls", async () => {
  const logger = new RecordingLogger();
  await using client = await Client.connect(broker.url, { logger, maxConcurrentOutgoingCalls: 1 });
  const publish = () => client.publish("no_pending_calls_warnings", "p", { qos: 1 });
  await Promise.all(Array.from({ length: client.pendingCallsThreshold + 1 }, publish));
  expect(logger.warnings).toEqual([]);
});

test("context_is_reusable", async () => {
  const client = new Client(broker.url);
  for (let round = 1; round <= 2; round++) {
    await using connected = await client.connect();
    await connected.publish("context_is_reusable", "foo");
  }
  expect(client.connected).toBe(false);
});

test("context_is_not_reentrant", async () => {
  await using client = await Client.connect(broker.url);
  await expect(client.connect()).rejects.toBeInstanceOf(MqttReentrantError);
});

test("reusable_message", async () => {
  await using client = await Client.connect(broker.url);
  await client.subscribe("reusable_message");
  const received = takeOne(client);
  await using publisher = await Client.connect(broker.url);
  await publisher.publish("reusable_message", "task_a");
  expect((await received).text()).toBe("task_a");
  const iterating = client.messages.next();
  await expect(client.connect()).rejects.toBeInstanceOf(MqttReentrantError);
  await publisher.publish("reusable_message", "still iterating");
  expect((await iterating).value?.text()).toBe("still iterating");
});

test("aenter_state_reset_connect_failure", async () => {
  const client = new Client("invalid.invalid");
  await expect(client.connect()).rejects.toBeInstanceOf(MqttError);
  await expectReset(client);
});

test("aenter_state_reset_connack_timeout", async () => {
  const client = new Client(broker.url, { timeout: 0 });
  await expect(client.connect()).rejects.toBeInstanceOf(MqttError);
  await expectReset(client);
});

test("aenter_state_reset_connack_negative", async () => {
  await using strict = await startMosquitto({ users: { user: "word" } });
  const client = new Client(strict.url, { username: "invalid" });
  await expect(client.connect()).rejects.toBeInstanceOf(MqttError);
  await expectReset(client);
});

test("aexit_without_prior_aenter", async () => {
  const client = new Client(broker.url);
  await client[Symbol.asyncDispose]();
});

test("aexit_consecutive_calls", async () => {
  await using client = await Client.connect(broker.url);
  await client[Symbol.asyncDispose]();
});

test("aexit_client_is_already_disconnected_success", async () => {
  await using scripted = await ScriptedBroker.serving();
  await using client = await Client.connect(scripted.url, { protocol: ProtocolVersion.V5 });
  const session = await scripted.accept();
  await session.send(session.packets.disconnect());
  await client.closed;
});

test("messages_view_is_reusable", async () => {
  await using relay = await Relay.to(broker);
  await using client = await Client.connect(relay.url);
  const { messages } = client;
  relay.cut();
  await expect(messages.next()).rejects.toBeInstanceOf(MqttError);
  await client.connect();
  await client.subscribe("messages_view_is_reusable");
  await client.publish("messages_view_is_reusable", "foo");
  expect((await messages.next()).value?.payload).toEqual(Buffer.from("foo"));
});

test("messages_view_multiple_tasks_concurrently", async () => {
  await using client = await Client.connect(broker.url);
  const tasks = [takeOne(client), takeOne(client)];
  await client.subscribe("messages_view_multiple_tasks_concurrently");
  await client.publish("messages_view_multiple_tasks_concurrently");
  await client.publish("messages_view_multiple_tasks_concurrently");
  expect(await Promise.all(tasks)).toHaveLength(2);
});

test("messages_view_len", async () => {
  await using client = await Client.connect(broker.url);
  expect(client.messages.length).toBe(0);
  await client.subscribe("messages_view_len", { qos: 2 });
  for (const length of [1, 2, 3]) {
    await client.publish("messages_view_len", null, { qos: 2 });
    await eventually(() => expect(client.messages.length).toBe(length));
  }
  await take(client, 3);
  expect(client.messages.length).toBe(0);
});
