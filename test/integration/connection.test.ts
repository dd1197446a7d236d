import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { decodeProperties } from "../support/properties.ts";
import { protocols } from "../support/protocols.ts";
import { silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 };

test.each(protocols)(
  "MQTT $name: mosquitto accepts a client, which reports the contents of CONNACK",
  async ({ name, protocol }) => {
    await using broker = await startMosquitto();
    const client = new Client(broker.url, { protocol, identifier: "somebody" });
    expect(client.connection).toBeUndefined();
    await client.connect();
    expect(client.connection).toMatchObject({
      sessionPresent: false,
      reasonCode: { value: 0, name: "Success" },
    });
    expect(client.connection?.properties === undefined).toBe(name !== "5");
    await broker.said(new RegExp(`as somebody \\(p${{ "3.1": 1, "3.1.1": 2, "5": 5 }[name]}`));
    await client.disconnect();
    await broker.said(/Client somebody disconnected\./);
  },
);

test("MQTT 5: the properties of CONNACK are reported", async () => {
  const properties = {
    sessionExpiryInterval: 1,
    receiveMaximum: 2,
    maximumQoS: 1,
    retainAvailable: 0,
    maximumPacketSize: 1_000,
    topicAliasMaximum: 3,
    reasonString: "welcome",
    userProperties: [
      ["a", "1"],
      ["a", "2"],
    ] as const,
    wildcardSubscriptionAvailable: 0,
    subscriptionIdentifierAvailable: 1,
    sharedSubscriptionAvailable: 0,
    serverKeepAlive: 5,
    responseInformation: "answers/",
    serverReference: "elsewhere",
  };
  await using all = await connected(
    {
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ sessionPresent: true, properties })),
    },
    { ...V5, cleanStart: false },
  );
  expect(all.client.connection).toEqual({
    sessionPresent: true,
    reasonCode: expect.objectContaining({ value: 0 }),
    properties: {
      ...properties,
      retainAvailable: false,
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifierAvailable: true,
      sharedSubscriptionAvailable: false,
    },
  });
});

test("MQTT 5: the properties of CONNECT are sent", async () => {
  await using broker = await ScriptedBroker.serving();
  const properties = {
    sessionExpiryInterval: 0xffffffff,
    receiveMaximum: 10,
    maximumPacketSize: 100_000,
    requestResponseInformation: true,
    requestProblemInformation: false,
    userProperties: [["k", "v"]] as const,
  };
  await using _client = await Client.connect(broker.url, { ...V5, properties });
  const connect = await (await broker.accept()).receive("CONNECT");
  expect(decodeProperties(connect.properties)).toEqual({
    ...properties,
    requestResponseInformation: 1,
    requestProblemInformation: 0,
  });
});

test.each(protocols)("MQTT $name: an idle client pings and stays connected", async ({ protocol }) => {
  await using all = await connected({}, { protocol, keepalive: 1 });
  const first = await all.session.waitFor("PINGREQ");
  const second = await all.session.waitFor("PINGREQ");
  expect(second.receivedAt - first.receivedAt).toBeLessThan(1_500);
  expect(all.client.connected).toBe(true);
});

test.each(protocols)(
  "MQTT $name: a client that only publishes at QoS 0 pings to detect a dead broker",
  async ({ protocol }) => {
    await using all = await connected({}, { protocol, keepalive: 1 });
    const timer = setInterval(() => void all.client.publish("t", "p").catch(silence), 50);
    await all.session.waitFor("PINGREQ");
    clearInterval(timer);
  },
);

test("a broker that does not answer pings is a lost connection", async () => {
  await using all = await connected({ PINGREQ: silence }, { keepalive: 1 });
  const begin = performance.now();
  expect(await all.client.closed).toMatchObject({ code: "CONNECTION_LOST", reasonCode: { value: 0x8d } });
  expect(performance.now() - begin).toBeLessThan(4_000);
  await all.client.connect();
});

test("a broker that is stopped is a lost connection, and pending calls reject", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, { keepalive: 1, timeout: 60 });
  broker.kill("SIGSTOP");
  const pending = expect(client.publish("t", "p", { qos: 1 })).rejects.toMatchObject({
    code: "CONNECTION_LOST",
  });
  expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
  await pending;
});

test("MQTT 5: the client obeys the server's keep alive", async () => {
  await using all = await connected(
    {
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ properties: { serverKeepAlive: 1 } })),
    },
    { ...V5, keepalive: 0 },
  );
  await all.session.waitFor("PINGREQ");
  await all.session.waitFor("PINGREQ");
});

test("MQTT 5: keep alive is off with keepalive 0 or a server keep alive of 0", async () => {
  await using off = await connected({}, { keepalive: 0 });
  await using told = await connected(
    {
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ properties: { serverKeepAlive: 0 } })),
    },
    { ...V5, keepalive: 1 },
  );
  await expect(told.session.waitFor("PINGREQ", { within: 1_500 })).rejects.toThrow("in time");
  await expect(off.session.waitFor("PINGREQ", { within: 10 })).rejects.toThrow("in time");
});

test("the death of mosquitto is detected at once", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url);
  broker.kill();
  expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
  await broker.exited;
  await expect(client.connect()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await using _again = await startMosquitto({ port: broker.port });
  await client.connect();
});
