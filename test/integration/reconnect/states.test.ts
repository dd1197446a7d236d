import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Client, MqttReentrantError, ProtocolVersion } from "../../../lib/index.ts";
import { errorOf, QUICK, reconnecting } from "../../support/reconnecting.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

// The states of a client that reconnects: its timeouts, signals, disconnect and what waits for it.

const V5 = { protocol: ProtocolVersion.V5 };

/** A port that refuses connections, until a broker is started there. */
async function freePort(): Promise<number> {
  const broker = await ScriptedBroker.start();
  await broker.stop();
  return broker.port;
}

describe("connect", () => {
  test("waits for a broker that is not up yet, with the calls made meanwhile", async () => {
    const port = await freePort();
    await using client = new Client("127.0.0.1", port, { ...V5, reconnect: QUICK });
    expect(client.state).toBe("disconnected");
    expect(await errorOf(client.publish("early"))).toMatchObject({ code: "NOT_CONNECTED" });
    const connected = client.connect({ timeout: Number.POSITIVE_INFINITY });
    expect(client.state).toBe("connecting");
    expect(client.broker).toBe(`mqtt://127.0.0.1:${port}`);
    const published = client.publish("waiting", "", { qos: 1 });
    await delay(100);
    await using broker = await ScriptedBroker.serving({}, { port });
    expect(await connected).toBe(client);
    expect(client.state).toBe("connected");
    await published;
    expect(broker.sessions[0]?.received.map(({ type }) => type)).toContain("PUBLISH");
    await client.disconnect();
  });

  test("ends with TIMEOUT and the last failure", async () => {
    const client = new Client("127.0.0.1", await freePort(), { ...V5, reconnect: QUICK });
    const call = errorOf(client.publish("t", "", { qos: 1 }));
    expect(await call).toMatchObject({ code: "NOT_CONNECTED" });
    const connecting = errorOf(client.connect({ timeout: 0.2 }));
    const waiting = errorOf(client.publish("t", "", { qos: 1 }));
    const ready = errorOf(client.ready());
    expect(await connecting).toMatchObject({ code: "TIMEOUT", cause: { code: "ECONNREFUSED" } });
    for (const error of [await waiting, await ready, await client.closed])
      expect(error).toMatchObject({ code: "TIMEOUT", cause: { code: "ECONNREFUSED" } });
    expect(client.state).toBe("disconnected");
    await expect(client.messages.next()).rejects.toMatchObject({ cause: { code: "TIMEOUT" } });
    expect(await errorOf(client.ready())).toMatchObject({ code: "TIMEOUT" });
  });

  test("ends with the failure before an attempt that its timeout cuts short", async () => {
    let attempts = 0;
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => (attempts++ === 0 ? session.end() : undefined),
    });
    const client = new Client(broker.url, { ...V5, reconnect: QUICK });
    expect(await errorOf(client.connect({ timeout: 0.3 }))).toMatchObject({
      code: "TIMEOUT",
      cause: { code: "CONNECTION_LOST" },
    });
    expect(attempts).toBe(2);
  });

  test("names the step of the attempt when the broker is silent", async () => {
    await using broker = await ScriptedBroker.serving({ CONNECT: silence });
    const client = new Client(broker.url, { ...V5, reconnect: QUICK, connectTimeout: 0.2 });
    const began = performance.now();
    expect(await errorOf(client.connect())).toMatchObject({
      code: "TIMEOUT",
      cause: { code: "TIMEOUT", message: "Timed out while waiting for CONNACK" },
    });
    expect(performance.now() - began).toBeGreaterThan(190);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test("is given up by its signal in each state", async () => {
    for (const answers of [undefined, { CONNECT: silence }]) {
      const broker = await ScriptedBroker.serving(answers ?? {});
      if (answers === undefined) await broker.stop();
      const client = new Client(broker.url, { ...V5, reconnect: QUICK });
      const waiting = errorOf(client.publish("t", "", { qos: 1 }).catch((error: unknown) => error as never));
      const signal = AbortSignal.timeout(100);
      await expect(client.connect({ signal, timeout: Number.POSITIVE_INFINITY })).rejects.toMatchObject({
        name: "TimeoutError",
      });
      await waiting;
      expect(client.state).toBe("disconnected");
      await broker.stop();
    }
  });

  test("has connectTimeout for an attempt also without reconnect", async () => {
    await using broker = await ScriptedBroker.serving({ CONNECT: silence });
    expect(await errorOf(Client.connect(broker.url, { connectTimeout: 0.1 }))).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/waiting for CONNACK \(connect, .*, limit 0.1 s\)$/),
    });
  });

  test("is reentrant in every state but disconnected", async () => {
    await using parts = await reconnecting({ reconnect: { minDelay: 30 } });
    const { client, session, event } = parts;
    await expect(client.connect()).rejects.toBeInstanceOf(MqttReentrantError);
    session.reset();
    await event();
    expect(client.state).toBe("reconnecting");
    await expect(client.connect()).rejects.toBeInstanceOf(MqttReentrantError);
    await client.disconnect();
    expect(client.state).toBe("disconnected");
  });

  test("works again after the client has given up", async () => {
    await using parts = await reconnecting();
    const { client, session, broker, event } = parts;
    await session.send(session.packets.disconnect({ reasonCode: 0x8e }));
    session.end();
    expect(await event()).toMatchObject({ state: "disconnected", error: { reasonCode: { value: 0x8e } } });
    const before = client.closed;
    const next = client.messages.next();
    await expect(next).rejects.toThrow("Disconnected during message iteration");
    const connected = client.connect();
    const ready = client.ready();
    const second = await broker.accept();
    await second.receive("CONNECT");
    await second.send(second.packets.connack(), second.packets.publish({ topic: "t", payload: "new" }));
    await Promise.all([connected, ready]);
    expect((await client.messages.next()).value?.text()).toBe("new");
    expect(await Promise.race([client.closed.then(() => "ended"), before.then(() => "before")])).toBe(
      "before",
    );
  });
});

describe("ready", () => {
  test("resolves when connected, waits before connect, and while reconnecting", async () => {
    await using broker = await ScriptedBroker.serving();
    await using client = new Client(broker.url, { ...V5, reconnect: QUICK });
    const events = client.connectionEvents();
    const early = client.ready();
    await client.connect();
    await early;
    await client.ready({ timeout: 0 });
    await events.next();
    broker.sessions[0]?.reset();
    await events.next();
    expect(client.state).toBe("reconnecting");
    await client.ready();
    expect(client.connected).toBe(true);
  });

  test("has a timeout and a signal, and rejects with the end", async () => {
    const client = new Client("127.0.0.1", await freePort(), { ...V5, reconnect: QUICK });
    expect(await errorOf(client.ready({ timeout: 0.02 }))).toMatchObject({
      code: "TIMEOUT",
      message: expect.stringMatching(/^Operation timed out \(ready, 127.0.0.1:\d+, limit 0.02 s\)$/),
    });
    await expect(client.ready({ signal: AbortSignal.abort("enough") })).rejects.toBe("enough");
    await expect(client.ready({ timeout: -1 })).rejects.toThrow(RangeError);
    const controller = new AbortController();
    const waiting = client.ready({ signal: controller.signal });
    controller.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    const connecting = errorOf(client.connect({ timeout: Number.POSITIVE_INFINITY }));
    const ready = errorOf(client.ready());
    await client.disconnect();
    expect(await connecting).toMatchObject({ code: "ABORTED" });
    expect(await ready).toMatchObject({ code: "NOT_CONNECTED" });
    expect(await errorOf(client.ready())).toMatchObject({ code: "NOT_CONNECTED" });
  });

  test("works without reconnect", async () => {
    await using broker = await ScriptedBroker.serving();
    const client = new Client(broker.url);
    const ready = client.ready();
    await client.connect();
    await ready;
    broker.sessions[0]?.reset();
    await client.closed;
    expect(await errorOf(client.ready())).toMatchObject({ code: "CONNECTION_LOST" });
  });
});

describe("disconnect", () => {
  test("ends the session that the client asked for itself", async () => {
    await using parts = await reconnecting();
    const { client, session } = parts;
    const { properties } = session.received[0] as { properties: Buffer };
    expect(properties.toString("hex")).toBe("110000012c");
    const ended = client.disconnect();
    const packet = await session.receive("DISCONNECT");
    session.end();
    await ended;
    expect(packet.properties.toString("hex")).toBe("1100000000");
  });

  test.each([
    [{ properties: { sessionExpiryInterval: 60 } }, "110000003c", ""],
    [{ reconnect: false }, "", ""],
  ])("leaves the session of %j", async (options, connect, disconnect) => {
    await using parts = await reconnecting(options);
    const { client, session } = parts;
    expect((session.received[0] as { properties: Buffer }).properties.toString("hex")).toBe(connect);
    const ended = client.disconnect();
    const packet = await session.receive("DISCONNECT");
    session.end();
    await ended;
    expect(packet.properties.toString("hex")).toBe(disconnect);
  });

  test("while connected waits for calls, and ends with a loss meanwhile", async () => {
    await using parts = await reconnecting();
    const { client, session, broker } = parts;
    const call = errorOf(client.publish("t", "", { qos: 1 }));
    const ended = client.disconnect();
    expect(client.state).toBe("disconnecting");
    expect(await errorOf(client.publish("late"))).toMatchObject({ code: "NOT_CONNECTED" });
    session.reset();
    await ended;
    expect(await call).toMatchObject({ code: "NOT_CONNECTED", sent: true });
    expect(await client.closed).toBeUndefined();
    await delay(100);
    expect(broker.sessions).toHaveLength(1);
  });

  test.each(["waiting", "connecting"])("gives up at once while %s", async (what) => {
    await using parts = await reconnecting({ reconnect: what === "waiting" ? { minDelay: 30 } : QUICK });
    const { client, session, broker, event } = parts;
    session.reset();
    await event();
    const call = errorOf(client.publish("t", "", { qos: 1 }));
    const message = client.messages.next();
    if (what === "connecting") await (await broker.accept()).receive("CONNECT");
    const began = performance.now();
    await client.disconnect();
    expect(performance.now() - began).toBeLessThan(500);
    expect(await call).toMatchObject({ code: "NOT_CONNECTED", sent: false });
    expect(await message).toEqual({ value: undefined, done: true });
    expect(await client.closed).toBeUndefined();
    expect(await event()).toEqual({ state: "disconnected" });
    expect(client.statistics).toMatchObject({ pendingCalls: 0, queuedOutgoing: 0 });
  });

  test("while subscriptions are renewed sends DISCONNECT at once", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event } = parts;
    const subscribed = client.subscribe("a");
    const { packetId } = await session.receive("SUBSCRIBE");
    await session.send(session.packets.suback(packetId, [0]));
    await subscribed;
    session.reset();
    await event();
    const second = await next();
    await second.receive("SUBSCRIBE");
    const call = errorOf(client.publish("t", "", { qos: 1 }));
    await second.receive("PUBLISH");
    const ended = client.disconnect();
    await second.receive("DISCONNECT");
    second.end();
    await ended;
    expect(await call).toMatchObject({ code: "NOT_CONNECTED", sent: true });
    expect(client.state).toBe("disconnected");
    expect(second.received.at(-1)?.type).toBe("DISCONNECT");
  });

  test("leaves nothing for the next connect", async () => {
    await using parts = await reconnecting();
    const { client, session, broker, event } = parts;
    session.reset();
    await event();
    const calls = ["a", "b"].map((topic) => errorOf(client.publish(topic, "", { qos: 1 })));
    await client.disconnect();
    await Promise.all(calls);
    const connected = client.connect();
    const second = await broker.accept();
    await second.receive("CONNECT");
    await second.send(second.packets.connack());
    await connected;
    void client.publish("new", "", { qos: 1 }).catch(() => {});
    expect((await second.receive("PUBLISH")).topic).toBe("new");
  });
});

test("the state, the events and the log tell the same", async () => {
  const logger = new RecordingLogger();
  await using parts = await reconnecting({ logger });
  const { client, session, next, event, broker } = parts;
  session.reset();
  expect(await event()).toMatchObject({
    state: "reconnecting",
    attempt: 1,
    error: { code: "CONNECTION_LOST" },
  });
  expect(client.state).toBe("reconnecting");
  expect(client.connected).toBe(false);
  await next({ sessionPresent: true });
  const connected = await event();
  expect(connected).toMatchObject({ state: "connected", attempt: 1, sessionPresent: true, refused: [] });
  expect((connected as { outage: number }).outage).toBeGreaterThan(0);
  expect((connected as { outage: number }).outage).toBeLessThan(5);
  expect(client.statistics.connects).toBe(2);
  await client.disconnect({ timeout: 0.1 });
  expect(await event()).toEqual({ state: "disconnected" });
  const place = `127.0.0.1:${broker.port}`;
  expect(logger.own.map((line) => line.replace(/in [\d.]+ s/, "in N s"))).toEqual([
    `info: Connected to ${place}`,
    expect.stringMatching(`^warn: Lost the connection to ${place}: `),
    `info: Connecting to ${place} again in N s`,
    `info: Connected to ${place}, and resumed the session`,
    `info: Disconnected from ${place}`,
  ]);
});

test("maxAttempts ends the client with the last failure", async () => {
  await using parts = await reconnecting({ reconnect: { ...QUICK, maxAttempts: 2 } });
  const { client, session, broker, event } = parts;
  broker.refuse();
  const call = errorOf(client.publish("t", "", { qos: 1 }));
  await session.receive("PUBLISH");
  session.reset();
  expect(await event()).toMatchObject({ state: "reconnecting", attempt: 1 });
  expect(await event()).toMatchObject({ state: "reconnecting", attempt: 2, error: { code: "ECONNREFUSED" } });
  expect(await event()).toMatchObject({ state: "disconnected", error: { code: "ECONNREFUSED" } });
  expect(await call).toMatchObject({ code: "ECONNREFUSED", sent: true });
  expect(await client.closed).toMatchObject({ code: "ECONNREFUSED" });
});

test("a publish that kills connections is given up, and the others go on", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: ({ cleanStart }, session) =>
      session.send(session.packets.connack({ sessionPresent: !cleanStart })),
    PUBLISH: ({ topic, packetId }, session) => {
      if (topic === "forbidden") session.reset();
      else session.send(session.packets.puback(packetId));
    },
  });
  const client = await Client.connect(broker.url, { ...V5, reconnect: QUICK });
  const calls = ["a", "forbidden", "b", "c"].map((topic) => errorOf(client.publish(topic, "", { qos: 1 })));
  expect(await Promise.all(calls)).toEqual([
    undefined,
    expect.objectContaining({ code: "CONNECTION_LOST", sent: true }),
    undefined,
    undefined,
  ]);
  const connects = broker.sessions.map(({ received }) => (received[0] as { cleanStart: boolean }).cleanStart);
  expect(connects.length).toBeLessThanOrEqual(6);
  expect(connects.at(-1)).toBe(true);
  await client.disconnect();
});
