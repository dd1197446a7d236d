import { describe, expect, test } from "vitest";
import { Client, MqttCodeError, ProtocolVersion, type PublishOptions, ReasonCode } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import type { Connack } from "../support/packets.ts";
import { combinations, levels, protocols } from "../support/protocols.ts";
import { type Answers, politeAnswers, silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const notConnected = { name: "MqttError", code: "NOT_CONNECTED" };
const connectionLost = { name: "MqttError", code: "CONNECTION_LOST" };

const welcome = (connack: Connack): Answers => ({
  CONNECT: (_packet, session) => session.send(session.packets.connack(connack)),
});

const properties = { reasonString: "because", userProperties: [["k", "v"]] as const };

// MQTT 5, sections 3.4.2.1 and 3.5.2.1.
const refusals = [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

describe("MQTT 5, QoS 1", () => {
  const answering = (reasonCode: number, given?: object): Answers => ({
    PUBLISH: ({ packetId }, session) =>
      session.send(session.packets.puback(packetId, { reasonCode, ...(given && { properties: given }) })),
  });

  test.each(refusals)("MQTT 5: a PUBACK with reason code %i rejects", async (reasonCode) => {
    await using all = await connected(answering(reasonCode, properties), V5);
    const error = await all.client.publish("t", "p", { qos: 1 }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MqttCodeError);
    expect(error).toMatchObject({
      code: "REFUSED",
      reasonCode: ReasonCode.of(reasonCode),
      properties,
      message: `[code:${reasonCode}] ${ReasonCode.of(reasonCode).name}: because (publish to 't', 127.0.0.1:${all.broker.port})`,
      sent: true,
    });
  });

  test("MQTT 5: a PUBACK with a failing reason code may have no properties", async () => {
    await using all = await connected(answering(0x87), V5);
    await expect(all.client.publish("t", "p", { qos: 1 })).rejects.toThrow("[code:135] Not authorized");
  });

  test("MQTT 5: a PUBACK without matching subscribers is a success", async () => {
    await using all = await connected(answering(0x10, properties), V5);
    const result = await all.client.publish("t", "p", { qos: 1 });
    const { packetId } = await all.session.receive("PUBLISH");
    expect(result).toMatchObject({ mid: packetId, reasonCode: ReasonCode.of(0x10), properties });
  });
});

describe("MQTT 5, QoS 2", () => {
  test.each(refusals)(
    "MQTT 5: a PUBREC with reason code %i rejects and ends the exchange",
    async (reasonCode) => {
      await using all = await connected(
        {
          PUBLISH: ({ packetId }, session) =>
            session.send(session.packets.pubrec(packetId, { reasonCode, properties })),
        },
        V5,
      );
      const error = await all.client.publish("t", "p", { qos: 2 }).catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "REFUSED", reasonCode: ReasonCode.of(reasonCode), properties });
      await all.client.publish("t", "p", { qos: 0 });
      await all.session.waitFor("PUBLISH", { where: ({ qos }) => qos === 0 });
      expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH", "PUBLISH"]);
    },
  );

  test("MQTT 5: a PUBREC without matching subscribers is a success after PUBCOMP", async () => {
    await using all = await connected(
      {
        PUBLISH: ({ packetId }, session) =>
          session.send(session.packets.pubrec(packetId, { reasonCode: 0x10, properties })),
      },
      V5,
    );
    const result = await all.client.publish("t", "p", { qos: 2 });
    const { packetId } = await all.session.receive("PUBLISH");
    expect(result).toMatchObject({ mid: packetId, reasonCode: ReasonCode.of(0x10) });
    expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH", "PUBREL"]);
  });

  test("MQTT 5: a PUBCOMP with reason code 0x92 rejects", async () => {
    await using all = await connected(
      {
        PUBREL: ({ packetId }, session) =>
          session.send(session.packets.pubcomp(packetId, { reasonCode: 0x92, properties })),
      },
      V5,
    );
    const error = await all.client.publish("t", "p", { qos: 2 }).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "REFUSED", reasonCode: ReasonCode.of(0x92), properties });
  });

  test("a refused message is not sent again when the session is resumed", async () => {
    let refuses = true;
    await using all = await connected(
      {
        CONNECT: (_packet, session) => session.send(session.packets.connack({ sessionPresent: !refuses })),
        PUBLISH: (packet, session) =>
          refuses
            ? session.send(session.packets.pubrec(packet.packetId, { reasonCode: 0x97 }))
            : politeAnswers.PUBLISH(packet, session),
      },
      { ...V5, identifier: "i", properties: { sessionExpiryInterval: 60 } },
    );
    await expect(all.client.publish("t", "refused", { qos: 2 })).rejects.toMatchObject({ code: "REFUSED" });
    refuses = false;
    all.session.reset();
    await all.client.closed;
    await all.client.connect();
    await all.client.publish("t", "next", { qos: 2 });
    const second = await all.broker.accept();
    expect(second.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH", "PUBREL"]);
  });
});

test.each(combinations)(
  "MQTT $name, QoS $qos: publish rejects without a connection and sends nothing later",
  async ({ protocol, qos }) => {
    await using broker = await ScriptedBroker.serving();
    await using client = new Client(broker.url, { protocol });
    await expect(client.publish("t", "before", { qos })).rejects.toMatchObject(notConnected);
    await client.connect();
    await client.disconnect();
    await expect(client.publish("t", "between", { qos })).rejects.toMatchObject(notConnected);
    await client.connect();
    await client.publish("t", "now", { qos: 1 });
    await broker.accept();
    const session = await broker.accept();
    expect(session.received).toMatchObject([{ type: "CONNECT" }, { payload: Buffer.from("now") }]);
  },
);

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  test.each([1, 2] as const)("QoS %i: a loss rejects all pending publishes at once", async (qos) => {
    await using all = await connected({ PUBLISH: silence }, { protocol, timeout: 60 });
    const calls = Array.from({ length: 100 }, (_, index) => all.client.publish("t", index, { qos }));
    const outcomes = Promise.allSettled(calls);
    await all.session.waitFor("PUBLISH");
    all.session.reset();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: connectionLost });
    expect(await all.client.closed).toMatchObject(connectionLost);
  });

  test.each([1, 2] as const)(
    "QoS %i: a publish without an answer times out, and the client continues",
    async (qos) => {
      await using all = await connected(
        {
          PUBLISH: (packet, session) =>
            packet.payload.length > 0 ? politeAnswers.PUBLISH(packet, session) : undefined,
        },
        { protocol },
      );
      await expect(all.client.publish("t", "", { qos, timeout: 0.05 })).rejects.toMatchObject({
        name: "MqttError",
        code: "TIMEOUT",
      });
      await expect(all.client.publish("t", "", { qos, timeout: 0 })).rejects.toMatchObject({
        code: "TIMEOUT",
      });
      await all.client.publish("t", "answered", { qos });
      expect(all.client.connected).toBe(true);
    },
  );

  test.each([1, 2] as const)("QoS %i: a late acknowledgement is ignored", async (qos) => {
    await using all = await connected({ PUBLISH: silence }, { protocol });
    await expect(all.client.publish("t", "p", { qos, timeout: 0.05 })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    const { packetId } = await all.session.waitFor("PUBLISH");
    all.session.serve();
    await all.client.publish("t", "p", { qos });
    const { packets } = all.session;
    await all.session.send(qos === 1 ? packets.puback(packetId) : packets.pubrec(packetId));
    await all.client.publish("t", "p", { qos });
  });

  test.each(levels)("QoS %i: an aborted publish rejects with the signal's reason", async (qos) => {
    await using all = await connected({ PUBLISH: silence }, { protocol });
    const before = all.client.publish("t", "p", { qos, signal: AbortSignal.abort("no need") });
    await expect(before).rejects.toBe("no need");
    if (qos === 0) return;
    const abort = new AbortController();
    const during = all.client.publish("t", "p", { qos, signal: abort.signal });
    await all.session.waitFor("PUBLISH");
    abort.abort("changed my mind");
    await expect(during).rejects.toBe("changed my mind");
  });

  test("a publish that waits can be aborted", async () => {
    await using all = await connected({ PUBLISH: silence }, { protocol, maxInflightMessages: 1 });
    const abort = new AbortController();
    const first = all.client.publish("t", "first", { qos: 1 });
    const { packetId } = await all.session.waitFor("PUBLISH");
    const second = all.client.publish("t", "second", { qos: 1, signal: abort.signal });
    const third = all.client.publish("t", "third", { qos: 1 });
    abort.abort("taken back");
    await expect(second).rejects.toBe("taken back");
    all.session.serve();
    await all.session.send(all.session.packets.puback(packetId));
    await Promise.all([first, third]);
    const published = all.session.received.filter((packet) => packet.type === "PUBLISH");
    expect(published.map(({ payload }) => payload.toString())).toEqual(["first", "third"]);
  });

  test("no more than maxInflightMessages are in flight", async () => {
    await using all = await connected({ PUBLISH: silence }, { protocol, maxInflightMessages: 3 });
    const calls = Array.from({ length: 10 }, (_, index) => all.client.publish("t", index, { qos: 1 }));
    await all.client
      .publish("t", "QoS 0 does not wait, but keeps its place", { qos: 0, timeout: 0.2 })
      .catch(silence);
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push((await all.session.waitFor("PUBLISH")).packetId);
    expect(new Set(ids).size).toBe(3);
    await expect(all.session.waitFor("PUBLISH", { within: 200 })).rejects.toThrow("in time");
    await all.session.send(all.session.packets.puback(ids[0]!));
    await all.session.waitFor("PUBLISH");
    await expect(all.session.waitFor("PUBLISH", { within: 200 })).rejects.toThrow("in time");
    void Promise.allSettled(calls);
  });
});

describe("MQTT 5: limits in CONNACK", () => {
  test.each<[what: string, connack: Connack, reasonCode: number, payload: string, options: PublishOptions]>([
    ["QoS 2 above maximum QoS 1", { properties: { maximumQoS: 1 } }, 0x9b, "p", { qos: 2 }],
    ["QoS 1 above maximum QoS 0", { properties: { maximumQoS: 0 } }, 0x9b, "p", { qos: 1 }],
    ["retain", { properties: { retainAvailable: 0 } }, 0x9a, "p", { retain: true }],
    ["a large packet", { properties: { maximumPacketSize: 100 } }, 0x95, "p".repeat(100), {}],
  ])("MQTT 5: CONNACK can exclude %s", async (_what, connack, reasonCode, payload, options) => {
    await using all = await connected(welcome(connack), V5);
    await expect(all.client.publish("t", payload, options)).rejects.toMatchObject({
      name: "MqttCodeError",
      code: "REFUSED",
      reasonCode: { value: reasonCode },
    });
    await all.client.publish("t", "small", { qos: 0 });
    const { payload: sent } = await all.session.waitFor("PUBLISH");
    expect(sent.toString()).toBe("small");
  });

  test("a packet of exactly the broker's maximum packet size is sent", async () => {
    const maximumPacketSize = 2 + 2 + 1 + 1 + 50; // fixed header, topic, no properties, payload
    await using all = await connected(welcome({ properties: { maximumPacketSize } }), V5);
    await all.client.publish("t", "p".repeat(50));
    expect((await all.session.waitFor("PUBLISH")).raw.length).toBe(maximumPacketSize);
    await expect(all.client.publish("t", "p".repeat(51))).rejects.toMatchObject({
      reasonCode: { value: 0x95 },
    });
  });

  test("the broker's receive maximum limits the messages in flight", async () => {
    await using all = await connected(
      { ...welcome({ properties: { receiveMaximum: 2 } }), PUBLISH: silence },
      { ...V5, timeout: 1 },
    );
    const calls = Array.from({ length: 5 }, (_, index) => all.client.publish("t", index, { qos: 2 }));
    void Promise.allSettled(calls);
    await all.session.waitFor("PUBLISH");
    const { packetId } = await all.session.waitFor("PUBLISH");
    await expect(all.session.waitFor("PUBLISH", { within: 200 })).rejects.toThrow("in time");
    await all.session.send(all.session.packets.pubrec(packetId));
    await all.session.waitFor("PUBLISH");
  });
});

describe("wrong arguments of publish", () => {
  const publish = Client.prototype.publish as (this: Client, ...args: unknown[]) => Promise<unknown>;

  test.each<[what: string, error: typeof TypeError | typeof RangeError | typeof Error, args: unknown[]]>([
    ["an empty topic", Error, [""]],
    ["a topic with +", Error, ["a/+"]],
    ["a topic with #", Error, ["#"]],
    ["a topic with U+0000", Error, ["a\0b"]],
    ["a topic with a lone surrogate", Error, ["a\ud800"]],
    ["a topic that is too long", Error, ["é".repeat(32_768)]],
    ["no topic", TypeError, [undefined]],
    ["a number for a topic", TypeError, [5]],
    ["an object for a payload", TypeError, ["t", {}]],
    ["an array for a payload", TypeError, ["t", [1]]],
    ["a boolean for a payload", TypeError, ["t", true]],
    ["a function for a payload", TypeError, ["t", silence]],
    ["a payload that exceeds any packet", RangeError, ["t", new Uint8Array(268_435_453)]],
    ["a payload that exceeds the packet with this topic", RangeError, ["topic", new Uint8Array(268_435_452)]],
    ["QoS 3", RangeError, ["t", "p", { qos: 3 }]],
    ["QoS -1", RangeError, ["t", "p", { qos: -1 }]],
    ["QoS as text", RangeError, ["t", "p", { qos: "1" }]],
    ["a negative timeout", RangeError, ["t", "p", { timeout: -1 }]],
    ["a timeout that is not a number", TypeError, ["t", "p", { timeout: "1" }]],
    ["a timeout of NaN", RangeError, ["t", "p", { timeout: Number.NaN }]],
    ["a signal that is not an AbortSignal", TypeError, ["t", "p", { signal: {} }]],
    ["properties on MQTT 3.1.1", TypeError, ["t", "p", { properties: {} }]],
  ])("publish refuses %s", async (_what, error, args) => {
    await using all = await connected({});
    await expect(publish.apply(all.client, args)).rejects.toBeInstanceOf(error);
    await expect(publish.apply(all.client, args)).rejects.not.toHaveProperty("code", "PAHO_ERROR");
    await all.client.publish("t", "p", { qos: 1 });
    expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH"]);
  });
});

test("a publish that is refused before it is sent does not change the next topic", async () => {
  await using all = await connected();
  await all.client.publish("first", "p");
  await expect(all.client.publish("second", "p", { qos: 1, timeout: 0 })).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  await all.client.publish("second", "p", { qos: 1 });
  const topics = all.session.received.flatMap((packet) => (packet.type === "PUBLISH" ? [packet.topic] : []));
  expect(topics).toEqual(["first", "second"]);
});
