import { expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../lib/index.ts";
import { take } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { protocols } from "../support/protocols.ts";
import { Relay } from "../support/relay.ts";
import { silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = ProtocolVersion.V5;

/** Options that keep a session beyond its connection, in each version. */
const persistent = (protocol: ProtocolVersion, identifier = "keeper"): ClientOptions =>
  protocol === V5
    ? { protocol, identifier, properties: { sessionExpiryInterval: 60 } }
    : { protocol, identifier, cleanSession: false };

test.each<[what: string, options: ClientOptions, clean: boolean[]]>([
  ["MQTT 3.1 by default", { protocol: ProtocolVersion.V31 }, [true, true]],
  ["MQTT 3.1.1 by default", {}, [true, true]],
  ["cleanSession: false", { cleanSession: false, identifier: "i" }, [false, false]],
  ["MQTT 5 by default: first-only", { protocol: V5 }, [true, false]],
  ['cleanStart: "first-only"', { protocol: V5, cleanStart: "first-only" }, [true, false]],
  ["cleanStart: true", { protocol: V5, cleanStart: true }, [true, true]],
  ["cleanStart: false", { protocol: V5, cleanStart: false }, [false, false]],
])("the right connects begin a new session with %s", async (_what, options, expected) => {
  await using broker = await ScriptedBroker.serving();
  const client = new Client(broker.url, options);
  const clean: boolean[] = [];
  for (let attempt = 1; attempt <= 2; attempt++) {
    await client.connect();
    clean.push((await (await broker.accept()).receive("CONNECT")).cleanStart);
    await client.disconnect();
  }
  expect(clean).toEqual(expected);
});

test("a first-only clean start is used again when the first connect failed", async () => {
  await using broker = await ScriptedBroker.start();
  await using client = new Client(broker.url, { protocol: V5 });
  const refused = expect(client.connect()).rejects.toMatchObject({ reasonCode: { value: 0x88 } });
  const first = await broker.accept();
  await first.receive("CONNECT");
  await first.send(first.packets.connack({ reasonCode: 0x88 }));
  await refused;
  const connected = client.connect();
  const second = (await broker.accept()).serve();
  await connected;
  expect((await second.receive("CONNECT")).cleanStart).toBe(true);
});

test.each(protocols)(
  "MQTT $name: a persistent session collects messages while its client is not connected",
  async (each) => {
    await using broker = await startMosquitto();
    await using relay = await Relay.to(broker);
    await using sender = await Client.connect(broker.url);
    await using client = await Client.connect(relay.url, persistent(each.protocol));
    expect(client.connection?.sessionPresent).toBe(false);
    await client.subscribe("mail", { qos: 1 });

    relay.cut();
    await client.closed;
    await broker.said(/Client keeper (closed|disconnected)|Socket error on client keeper/);
    for (const text of ["one", "two", "three"]) await sender.publish("mail", text, { qos: 1 });

    await client.connect();
    expect(client.connection?.sessionPresent).toBe(each.protocol !== ProtocolVersion.V31);
    expect((await take(client, 3)).map((message) => message.text())).toEqual(["one", "two", "three"]);
  },
);

test.each(protocols)(
  "MQTT $name: a persistent session outlives the client's disconnect",
  async ({ protocol }) => {
    await using broker = await startMosquitto();
    await using sender = await Client.connect(broker.url);
    await using client = await Client.connect(broker.url, persistent(protocol));
    await client.subscribe("mail", { qos: 2 });
    await client.disconnect();
    for (const text of ["one", "two"]) await sender.publish("mail", text, { qos: 2 });
    await client.connect();
    expect((await take(client, 2)).map((message) => message.text())).toEqual(["one", "two"]);
  },
);

test.each(protocols)("MQTT $name: a clean session ends with its connection", async ({ protocol }) => {
  await using broker = await startMosquitto();
  await using sender = await Client.connect(broker.url);
  const clean: ClientOptions = protocol === V5 ? { protocol, cleanStart: true } : { protocol };
  await using client = await Client.connect(broker.url, { ...clean, identifier: "forgetful" });
  await client.subscribe("mail", { qos: 1 });
  await client.disconnect();
  await sender.publish("mail", "missed", { qos: 1 });
  await client.connect();
  await client.subscribe("mail", { qos: 1 });
  await sender.publish("mail", "received", { qos: 1 });
  expect((await take(client, 1)).map((message) => message.text())).toEqual(["received"]);
});

test.each(protocols.filter(({ protocol }) => protocol !== ProtocolVersion.V31))(
  "MQTT $name: unacknowledged messages are sent again once when the session is resumed",
  async ({ protocol }) => {
    await using broker = await ScriptedBroker.start();
    await using client = new Client(broker.url, persistent(protocol));
    const connected = client.connect();
    const first = (await broker.accept()).serve({ PUBLISH: silence });
    await connected;
    const lost = expect(client.publish("t", "important", { qos: 1 })).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    const { packetId } = await first.waitFor("PUBLISH");
    first.reset();
    await lost;

    const reconnected = client.connect();
    const second = (await broker.accept()).serve({
      CONNECT: (_packet, session) => session.send(session.packets.connack({ sessionPresent: true })),
    });
    await reconnected;
    await client.publish("t", "next", { qos: 1 });
    const published = second.received.filter(({ type }) => type === "PUBLISH");
    expect(published).toMatchObject([
      { packetId, dup: true, payload: Buffer.from("important") },
      { dup: false, payload: Buffer.from("next") },
    ]);
  },
);

test("a clean session forgets unacknowledged messages", async () => {
  await using broker = await ScriptedBroker.start();
  await using client = new Client(broker.url);
  const firstConnect = client.connect();
  const first = (await broker.accept()).serve({ PUBLISH: silence });
  await firstConnect;
  const lost = expect(client.publish("t", "forgotten", { qos: 2 })).rejects.toMatchObject({
    code: "CONNECTION_LOST",
  });
  await first.waitFor("PUBLISH");
  first.reset();
  await lost;

  const secondConnect = client.connect();
  const second = (await broker.accept()).serve();
  await secondConnect;
  await client.publish("t", "next", { qos: 1 });
  expect(second.received).toMatchObject([{ type: "CONNECT" }, { payload: Buffer.from("next") }]);
});
