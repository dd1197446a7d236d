import { expect, test } from "vitest";
import { Client, MqttReentrantError, type ReasonCodes } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";
import { protocols } from "../support/protocols.ts";
import { silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const notReentrant = { name: "MqttReentrantError", code: "REENTRANT" };

test.each(protocols)("MQTT $name: a client connects again after disconnect", async ({ protocol }) => {
  await using broker = await ScriptedBroker.serving();
  const client = new Client(broker.url, { protocol });
  for (let round = 1; round <= 5; round++) {
    await client.connect();
    await client.publish("round", round, { qos: 1 });
    await client.disconnect();
    const session = await broker.accept();
    expect((await session.waitFor("PUBLISH")).payload.toString()).toBe(String(round));
    await session.waitFor("DISCONNECT");
  }
});

test.each(protocols)("MQTT $name: a client connects again after a loss", async ({ protocol }) => {
  await using broker = await ScriptedBroker.serving();
  await using client = new Client(broker.url, { protocol });
  for (let round = 1; round <= 5; round++) {
    await client.connect();
    const session = await broker.accept();
    await session.send(session.packets.publish({ topic: "round", payload: String(round) }));
    expect((await takeOne(client)).text()).toBe(String(round));
    session.reset();
    expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
    expect(client.connected).toBe(false);
  }
});

test("connect while connected is refused and has no effect", async () => {
  await using broker = await ScriptedBroker.serving();
  await using client = await Client.connect(broker.url);
  await expect(client.connect()).rejects.toBeInstanceOf(MqttReentrantError);
  await expect(client.connect()).rejects.toThrow("reusable, but not reentrant");
  await client.publish("still", "connected", { qos: 2 });
  expect(broker.sessions).toHaveLength(1);
});

test("connect while connecting is refused and has no effect", async () => {
  await using broker = await ScriptedBroker.start();
  await using client = new Client(broker.url);
  const connected = client.connect();
  await expect(client.connect()).rejects.toMatchObject(notReentrant);
  (await broker.accept()).serve();
  await expect(connected).resolves.toBe(client);
});

test("connect while disconnecting is refused, and works afterwards", async () => {
  await using broker = await ScriptedBroker.serving({ DISCONNECT: silence });
  await using client = await Client.connect(broker.url);
  const disconnected = client.disconnect();
  await expect(client.connect()).rejects.toMatchObject(notReentrant);
  const session = await broker.accept();
  await session.waitFor("DISCONNECT");
  session.end();
  await disconnected;
  await client.connect();
  expect(client.connected).toBe(true);
});

test("connect works after a disconnect that aborted an attempt", async () => {
  await using broker = await ScriptedBroker.serving();
  await using client = new Client(broker.url);
  const givenUp = expect(client.connect()).rejects.toMatchObject({ code: "ABORTED" });
  await client.disconnect();
  await client.connect();
  await givenUp;
  expect(client.connected).toBe(true);
});

test("disconnect aborts the current attempt and not the next one", async () => {
  await using broker = await ScriptedBroker.start();
  const client = new Client(broker.url);
  let attempts = 0;
  let stopped = false;
  const retrying = (async () => {
    while (!stopped) {
      attempts++;
      try {
        await client.connect();
      } catch {} // retries at once
    }
  })();
  await broker.accept();
  await client.disconnect();
  await broker.accept();
  expect(attempts).toBe(2);
  stopped = true;
  await client.disconnect();
  await retrying;
  expect(attempts).toBe(2);
});

test("disconnect ends the connection of an attempt that succeeds at the same time", async () => {
  await using broker = await ScriptedBroker.start();
  const client = new Client(broker.url);
  const connected = client.connect();
  const session = await broker.accept();
  await session.receive("CONNECT");
  await session.send(session.packets.connack());
  // The answer arrives before the client's thread can read anything.
  const until = performance.now() + 200;
  while (performance.now() < until);
  const disconnected = client.disconnect();
  const outcome = await connected.catch((error: unknown) => error);
  if (outcome !== client) expect(outcome).toMatchObject({ code: "ABORTED" });
  await disconnected;
  expect(client.connected).toBe(false);
});

test("disconnect may be called again, and before the first connect", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = new Client(broker.url);
  await client.disconnect();
  await client.connect();
  await Promise.all([client.disconnect(), client.disconnect()]);
  await client.disconnect();
  expect(client.connected).toBe(false);
  const session = await broker.accept();
  expect(session.received.map(({ type }) => type)).toEqual(["CONNECT", "DISCONNECT"]);
});

test("disconnect after a loss does nothing", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = await Client.connect(broker.url);
  (await broker.accept()).destroy();
  await client.closed;
  await client.disconnect();
});

test("disconnect waits for pending calls", async () => {
  await using broker = await ScriptedBroker.serving({ PUBLISH: silence });
  await using client = await Client.connect(broker.url);
  const published = client.publish("t", "p", { qos: 1 });
  const session = await broker.accept();
  const { packetId } = await session.waitFor("PUBLISH");
  const disconnected = client.disconnect();
  await expect(client.publish("t", "late")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  await session.send(session.packets.puback(packetId));
  await expect(published).resolves.toMatchObject({ mid: packetId });
  await disconnected;
  await session.waitFor("DISCONNECT");
});

test("disconnect rejects calls that are pending after its timeout", async () => {
  await using broker = await ScriptedBroker.serving({ PUBLISH: silence });
  const client = await Client.connect(broker.url);
  const published = expect(client.publish("t", "p", { qos: 1 })).rejects.toMatchObject({
    code: "NOT_CONNECTED",
  });
  await client.disconnect({ timeout: 0.05 });
  await published;
});

test("a second disconnect with a shorter timeout shortens the first", async () => {
  await using all = await connected({ PUBLISH: silence }, { timeout: 600 });
  const published = all.client.publish("t", "p", { qos: 1 });
  const rejected = expect(published).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  await all.session.waitFor("PUBLISH");
  const first = all.client.disconnect();
  const second = all.client.disconnect();
  await expect(all.session.waitFor("DISCONNECT", { within: 100 })).rejects.toThrow("in time");
  await Promise.all([first, second, all.client.disconnect({ timeout: 0 })]);
  await rejected;
  expect(await all.client.closed).toBeUndefined();
});

test("closed reports the end of every connection and its reason", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = new Client(broker.url);
  const first = client.closed;
  await client.connect();
  await client.disconnect();
  expect(await first).toBeUndefined();
  await client.connect();
  const second = client.closed;
  await broker.accept();
  (await broker.accept()).destroy();
  expect(await second).toMatchObject({ name: "MqttError", code: "CONNECTION_LOST" });
  expect(await client.closed).toBe(await second);
});

test("await using disconnects", async () => {
  await using broker = await ScriptedBroker.serving();
  {
    await using _client = await Client.connect(broker.url);
  }
  const session = await broker.accept();
  await session.waitFor("DISCONNECT");
  await session.closed;
});

test("subscriptions of an earlier connection are not repeated", async () => {
  await using broker = await ScriptedBroker.serving();
  await using client = await Client.connect(broker.url);
  const codes: ReasonCodes = await client.subscribe("t");
  expect(codes.map(String)).toEqual(["Granted QoS 0"]);
  await client.disconnect();
  await client.connect();
  await broker.accept();
  await client.publish("t", "p", { qos: 1 });
  const session = await broker.accept();
  expect(session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH"]);
});
