import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, MqttCodeError, ProtocolVersion } from "../../../lib/index.ts";
import { prefixed, u16 } from "../../support/bytes.ts";
import { connected } from "../../support/connected.ts";
import { takeOne } from "../../support/messages.ts";
import { packet, v5 } from "../../support/packets.ts";
import { encodeProperties, type Properties } from "../../support/properties.ts";
import type { Answers } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
/** Repeated names in this order, with an empty name and value among them. */
const userProperties = [
  ["k", "1"],
  ["k", "2"],
  ["", ""],
  ["é", "€"],
] as const;
const diagnostics = { reasonString: "because", userProperties };
const content = {
  messageExpiryInterval: 60,
  contentType: "text/plain",
  responseTopic: "answers/here",
  correlationData: Buffer.of(0, 255),
  userProperties,
};

describe("packets of the client, byte for byte", () => {
  test("CONNECT carries a will and all properties", async () => {
    const options: ClientOptions = {
      ...V5,
      identifier: "id",
      username: "user",
      password: Buffer.of(0, 1),
      keepalive: 30,
      properties: {
        sessionExpiryInterval: 100,
        receiveMaximum: 5,
        maximumPacketSize: 1_000_000,
        topicAliasMaximum: 3,
        requestResponseInformation: true,
        requestProblemInformation: false,
        userProperties,
      },
      will: {
        topic: "will",
        payload: "gone",
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 7, payloadFormatIndicator: true, ...content },
      },
    };
    await using broker = await ScriptedBroker.serving();
    await using _client = await Client.connect(broker.url, options);
    const connect = await (await broker.accept()).receive("CONNECT");
    const expected = packet(
      0x10,
      prefixed("MQTT"),
      hex("05 ee 001e"),
      encodeProperties({
        sessionExpiryInterval: 100,
        receiveMaximum: 5,
        maximumPacketSize: 1_000_000,
        topicAliasMaximum: 3,
        requestResponseInformation: 1,
        requestProblemInformation: 0,
        userProperties,
      }),
      prefixed("id"),
      encodeProperties({ willDelayInterval: 7, payloadFormatIndicator: 1, ...content }),
      prefixed("will"),
      prefixed("gone"),
      prefixed("user"),
      prefixed(Buffer.of(0, 1)),
    );
    expect(connect.raw).toEqual(expected);
  });

  test.each([0, 1, 2] as const)("a sent PUBLISH of QoS %i carries its properties", async (qos) => {
    await using all = await connected({}, V5);
    const properties = { payloadFormatIndicator: true, ...content };
    await all.client.publish("t", "p", { qos, retain: true, properties });
    const sent = await all.session.waitFor("PUBLISH");
    const { packetId } = sent;
    const expected = { payloadFormatIndicator: 1, ...content };
    expect(sent.raw).toEqual(
      v5.publish({ topic: "t", payload: "p", qos, retain: true, packetId, properties: expected }),
    );
  });

  test("SUBSCRIBE and UNSUBSCRIBE carry their properties", async () => {
    await using all = await connected({}, V5);
    const subscriptions = [
      ["a", { qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 }],
      ["b", 2],
    ] as const;
    await all.client.subscribe(subscriptions, {
      properties: { subscriptionIdentifier: 300, userProperties },
    });
    const identified = encodeProperties({ subscriptionIdentifiers: [300], userProperties });
    const filters = Buffer.concat([prefixed("a"), hex("2d"), prefixed("b"), hex("02")]);
    const subscribe = await all.session.waitFor("SUBSCRIBE");
    expect(subscribe.raw).toEqual(packet(0x82, u16(subscribe.packetId), identified, filters));

    await all.client.unsubscribe(["a", "b"], { properties: { userProperties } });
    const named = Buffer.concat([prefixed("a"), prefixed("b")]);
    const { raw, packetId } = await all.session.waitFor("UNSUBSCRIBE");
    expect(raw).toEqual(packet(0xa2, u16(packetId), encodeProperties({ userProperties }), named));
  });

  test("DISCONNECT carries its reason code and properties", async () => {
    await using all = await connected({}, { ...V5, properties: { sessionExpiryInterval: 5 } });
    const properties = { sessionExpiryInterval: 9, ...diagnostics };
    await all.client.disconnect({ reasonCode: 0x04, properties });
    const sent = await all.session.waitFor("DISCONNECT");
    expect(sent.raw).toEqual(v5.disconnect({ reasonCode: 0x04, properties }));
  });
});

describe("packets of the broker", () => {
  const connackProperties = {
    sessionExpiryInterval: 10,
    assignedClientIdentifier: "given",
    serverKeepAlive: 20,
    responseInformation: "answers/",
    serverReference: "elsewhere",
    receiveMaximum: 9,
    topicAliasMaximum: 8,
    maximumPacketSize: 70_000,
    ...diagnostics,
  };
  const flags = [
    "retainAvailable",
    "wildcardSubscriptionAvailable",
    "subscriptionIdentifierAvailable",
    "sharedSubscriptionAvailable",
  ] as const;
  const flagged = (value: 0 | 1): Properties => Object.fromEntries(flags.map((name) => [name, value]));

  test.each([0, 1] as const)("a CONNACK with all flags %i is reported with its properties", async (value) => {
    const properties = { ...connackProperties, maximumQoS: value, ...flagged(value) };
    await using all = await connected(
      { CONNECT: (_packet, session) => session.send(session.packets.connack({ properties })) },
      V5,
    );
    const expected = Object.fromEntries(flags.map((name) => [name, value === 1]));
    expect(all.client.connection?.properties).toEqual({
      ...connackProperties,
      maximumQoS: value,
      ...expected,
    });
    expect(all.client.identifier).toBe("given");
  });

  test("a refusing CONNACK is reported with its reason code and properties", async () => {
    const properties = { serverReference: "elsewhere", ...diagnostics };
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.connack({ reasonCode: 0x9c, properties })),
    });
    await expect(Client.connect(broker.url, V5)).rejects.toMatchObject({
      reasonCode: { value: 0x9c, name: "Use another server" },
      properties,
      message: `[code:156] Use another server: because (connect, 127.0.0.1:${broker.port})`,
    });
  });

  test.each([0, 1, 2] as const)("a PUBLISH of QoS %i is delivered with its properties", async (qos) => {
    await using all = await connected({}, V5);
    const properties = {
      payloadFormatIndicator: 1,
      ...content,
      subscriptionIdentifiers: [1, 300, 268_435_455],
    };
    await all.session.send(
      v5.publish({ topic: "t", payload: "p", qos, retain: true, packetId: 5, properties }),
    );
    const message = await takeOne(all.client);
    expect(message).toMatchObject({ qos, retain: true, mid: qos > 0 ? 5 : 0 });
    expect(message.properties).toEqual({ ...properties, payloadFormatIndicator: true });
    expect(message.copy().properties).toEqual(message.properties);
  });

  const acknowledging = (reasonCode: number): Answers => ({
    PUBLISH: ({ qos, packetId }, session) => {
      const answer = { reasonCode, properties: diagnostics };
      return session.send(qos === 1 ? v5.puback(packetId, answer) : v5.pubrec(packetId, answer));
    },
  });

  test.each([
    [1, 0x00],
    [1, 0x10],
    [2, 0x10],
  ] as const)("publishing at QoS %i resolves with reason code %i", async (qos, reasonCode) => {
    await using all = await connected(acknowledging(reasonCode), V5);
    const result = await all.client.publish("t", "p", { qos });
    expect(result).toMatchObject({ reasonCode: { value: reasonCode }, properties: diagnostics });
  });

  test.each(
    ([1, 2] as const).flatMap((qos) =>
      [0x80, 0x83, 0x87, 0x90, 0x91, 0x95, 0x97, 0x99].map((code) => [qos, code] as const),
    ),
  )("publishing at QoS %i rejects with reason code %i", async (qos, reasonCode) => {
    await using all = await connected(acknowledging(reasonCode), V5);
    const expected = { reasonCode: { value: reasonCode }, properties: diagnostics };
    await expect(all.client.publish("t", "p", { qos })).rejects.toMatchObject(expected);
    await all.client.subscribe("t");
  });

  test("a PUBCOMP's reason code counts when PUBREC has none", async () => {
    const answers: Answers = {
      PUBREL: ({ packetId }, session) =>
        session.send(v5.pubcomp(packetId, { reasonCode: 0x92, properties: diagnostics })),
    };
    await using all = await connected(answers, V5);
    const expected = { reasonCode: { value: 0x92 }, properties: diagnostics };
    await expect(all.client.publish("t", "p", { qos: 2 })).rejects.toMatchObject(expected);
  });

  test("a PUBREL with a reason code and properties is answered by PUBCOMP", async () => {
    await using all = await connected({}, V5);
    await all.session.send(v5.publish({ topic: "t", qos: 2, packetId: 3 }));
    await all.session.waitFor("PUBREC");
    await all.session.send(v5.pubrel(3, { reasonCode: 0x92, properties: diagnostics }));
    expect((await all.session.waitFor("PUBCOMP")).raw).toEqual(hex("70 02 0003"));
    await takeOne(all.client);
  });

  test.each([
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
  ])("a DISCONNECT with reason code %i is reported by `closed` with its properties", async (reasonCode) => {
    await using all = await connected({}, V5);
    const properties = { serverReference: "elsewhere", ...diagnostics };
    await all.session.send(v5.disconnect({ reasonCode, properties }));
    const error = await all.client.closed;
    expect(error).toBeInstanceOf(MqttCodeError);
    expect(error).toMatchObject({ code: "CONNECTION_LOST", reasonCode: { value: reasonCode }, properties });
  });
});

describe("refused properties and options", () => {
  const forbidden = {
    connect: ["contentType", "willDelayInterval", "reasonString", "serverKeepAlive", "topicAlias"],
    publish: ["sessionExpiryInterval", "subscriptionIdentifiers", "subscriptionIdentifier", "reasonString"],
    subscribe: ["reasonString", "contentType", "topicAlias"],
    unsubscribe: ["subscriptionIdentifier", "reasonString"],
    disconnect: ["serverReference", "receiveMaximum", "contentType"],
  };
  const values: Record<string, unknown> = { topicAlias: 1, receiveMaximum: 1, serverKeepAlive: 1 };
  const cases = Object.entries(forbidden).flatMap(([call, names]) => names.map((name) => ({ call, name })));

  test.each(cases)("the property $name of $call is refused, and nothing is sent", async ({ call, name }) => {
    const properties = { [name]: values[name] ?? "x" } as object;
    if (call === "connect") {
      expect(() => new Client("localhost", { ...V5, properties })).toThrow(TypeError);
      return;
    }
    await using all = await connected({}, { ...V5, topicAliases: "off" });
    const { client } = all;
    const calls: Record<string, () => Promise<unknown>> = {
      publish: () => client.publish("t", "p", { properties }),
      subscribe: () => client.subscribe("t", { properties }),
      unsubscribe: () => client.unsubscribe("t", { properties }),
      disconnect: () => client.disconnect({ properties }),
    };
    await expect(calls[call]?.()).rejects.toThrow(TypeError);
    await client.publish("end", "", { qos: 1 });
    expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH"]);
  });

  test("a session that ends with its connection cannot be prolonged by disconnect()", async () => {
    await using all = await connected({}, V5);
    const prolonged = all.client.disconnect({ properties: { sessionExpiryInterval: 1 } });
    await expect(prolonged).rejects.toThrow(RangeError);
    expect(all.client.connected).toBe(true);
  });

  test("noLocal is refused for a shared subscription", async () => {
    await using all = await connected({}, V5);
    await expect(all.client.subscribe("$share/g/t", { noLocal: true })).rejects.toThrow(TypeError);
  });
});
