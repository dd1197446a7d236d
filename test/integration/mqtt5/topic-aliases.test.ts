import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../../lib/index.ts";
import { prefixed, u8, u16 } from "../../support/bytes.ts";
import { type Connected, connected } from "../../support/connected.ts";
import { take, takeOne } from "../../support/messages.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { packet, v5 } from "../../support/packets.ts";
import { decodeProperties, encodeProperties, type Properties } from "../../support/properties.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const allowing = (topicAliasMaximum: number): ClientOptions => ({ ...V5, properties: { topicAliasMaximum } });

/** A client of a broker with this topic alias maximum. */
const withAliases = (
  maximum: number,
  options: ClientOptions = {},
  more: Properties = {},
): Promise<Connected> =>
  connected(
    {
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ properties: { topicAliasMaximum: maximum, ...more } })),
    },
    { ...V5, ...options },
  );

/** The topic and alias of each PUBLISH that the broker has received. */
function sent({ session }: Connected): (string | number | undefined)[][] {
  return session.received.flatMap((each) =>
    each.type === "PUBLISH" ? [[each.topic, decodeProperties(each.properties).topicAlias]] : [],
  );
}

describe("incoming topic aliases", () => {
  test.each([0, 1, 2] as const)("an incoming alias at QoS %i stands for its topic", async (qos) => {
    await using all = await connected({}, allowing(2));
    const send = (topic: string, topicAlias: number, packetId: number) =>
      all.session.send(
        v5.publish({ topic, payload: `${packetId}`, qos, packetId, properties: { topicAlias } }),
      );
    await send("first", 1, 1);
    await send("second", 2, 2);
    await send("", 1, 3);
    await send("", 2, 4);
    await send("new", 1, 5);
    await send("", 1, 6);
    const messages = await take(all.client, 6);
    expect(messages.map(({ topic }) => topic.value)).toEqual([
      "first",
      "second",
      "first",
      "second",
      "new",
      "new",
    ]);
    expect(messages.map((message) => message.text())).toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(messages.every(({ properties }) => Object.keys(properties ?? {}).length === 0)).toBe(true);
  });

  test("a message without a topic keeps its other properties in order", async () => {
    await using all = await connected({}, allowing(1));
    const userProperties = [
      ["a", "1"],
      ["a", "2"],
    ] as const;
    const rest = { contentType: "text/plain", subscriptionIdentifiers: [1, 300], userProperties };
    await all.session.send(
      v5.publish({ topic: "t", properties: { topicAlias: 1 } }),
      v5.publish({
        topic: "",
        payload: "p",
        properties: { topicAlias: 1, ...rest },
      }),
    );
    const [, message] = await take(all.client, 2);
    expect(message?.topic.value).toBe("t");
    expect(message?.properties).toEqual(rest);
  });

  test("a message that is larger than the read buffer gets the topic of its alias", async () => {
    await using all = await connected({}, allowing(1));
    const payload = Buffer.alloc(300_000, "x");
    const send = (topic: string) => v5.publish({ topic, payload, properties: { topicAlias: 1 } });
    await all.session.send(send("a/long/topic"), send(""), v5.publish({ topic: "end" }));
    const messages = await take(all.client, 3);
    expect(messages.map(({ topic }) => topic.value)).toEqual(["a/long/topic", "a/long/topic", "end"]);
    expect(messages[1]?.payload.equals(payload)).toBe(true);
  });

  test("a message that arrives byte by byte gets the topic of its alias", async () => {
    await using all = await connected({}, allowing(1));
    const one = v5.publish({ topic: "topic", payload: "p", properties: { topicAlias: 1 } });
    const two = v5.publish({ topic: "", payload: "q", properties: { topicAlias: 1 } });
    await all.session.sendInPieces(Buffer.concat([one, two]));
    expect((await take(all.client, 2)).map(({ topic }) => topic.value)).toEqual(["topic", "topic"]);
  });

  test.each<[what: string, topic: string, alias: number | undefined, reasonCode: number]>([
    ["alias 0", "t", 0, 0x94],
    ["an alias above the client's maximum", "t", 3, 0x94],
    ["an alias that is not yet defined", "", 2, 0x82],
    ["neither topic nor alias", "", undefined, 0x82],
  ])("%s in a received message ends the connection", async (_what, topic, topicAlias, reasonCode) => {
    await using all = await connected({}, allowing(2));
    const properties = topicAlias === undefined ? {} : { topicAlias };
    await all.session.send(v5.publish({ topic, payload: "bad", properties }));
    expect((await all.session.waitFor("DISCONNECT")).reasonCode).toBe(reasonCode);
    expect(await all.client.closed).toMatchObject({
      code: "PROTOCOL_ERROR",
      reasonCode: { value: reasonCode },
    });
    expect(all.client.messages.length).toBe(0);
  });

  test("an alias twice in one message ends the connection", async () => {
    await using all = await connected({}, allowing(2));
    const properties = Buffer.concat([u8(0x23), u16(1), u8(0x23), u16(2)]);
    await all.session.send(packet(0x30, prefixed("t"), encodeProperties(properties)));
    expect((await all.session.waitFor("DISCONNECT")).reasonCode).toBe(0x82);
  });

  test("a new connection has none of the broker's earlier aliases", async () => {
    await using all = await connected({}, allowing(1));
    await all.session.send(v5.publish({ topic: "t", properties: { topicAlias: 1 } }));
    await takeOne(all.client);
    await all.client.disconnect();
    await all.client.connect();
    const second = all.broker.sessions.at(-1)!;
    await second.send(v5.publish({ topic: "", properties: { topicAlias: 1 } }));
    expect((await second.waitFor("DISCONNECT")).reasonCode).toBe(0x82);
  });
});

describe("outgoing topic aliases", () => {
  test("a repeated topic gets an alias, which later replaces the topic", async () => {
    await using all = await withAliases(1);
    for (let i = 1; i <= 4; i++) await all.client.publish("a/topic", `${i}`);
    await all.client.publish("end", "", { qos: 1 });
    expect(sent(all)).toEqual([
      ["a/topic", undefined],
      ["a/topic", 1],
      ["", 1],
      ["", 1],
      ["end", undefined],
    ]);
  });

  test("an alias can move to another topic", async () => {
    await using all = await withAliases(1);
    for (const topic of ["one/one", "one/one", "one/one", "two/two", "two/two", "two/two", "one/one"])
      await all.client.publish(topic);
    await all.client.publish("end", "", { qos: 1 });
    expect(sent(all)).toEqual([
      ["one/one", undefined],
      ["one/one", 1],
      ["", 1],
      ["two/two", undefined],
      ["two/two", 1],
      ["", 1],
      ["one/one", undefined],
      ["end", undefined],
    ]);
  });

  test("a message with an alias keeps retain, properties and payload", async () => {
    await using all = await withAliases(1);
    const properties = { contentType: "text/plain", userProperties: [["k", "v"]] as const };
    for (let i = 0; i < 3; i++) await all.client.publish("a/topic", "payload", { retain: true, properties });
    await all.client.publish("end", "", { qos: 1 });
    const last = all.session.received.filter(({ type }) => type === "PUBLISH")[2];
    expect(last).toMatchObject({ topic: "", qos: 0, retain: true, payload: Buffer.from("payload") });
    const expected = { topicAlias: 1, contentType: "text/plain", userProperties: [["k", "v"]] as const };
    expect(last?.raw).toEqual(
      v5.publish({ topic: "", payload: "payload", retain: true, properties: expected }),
    );
  });

  test.each([1, 2] as const)("messages of QoS %i get no alias", async (qos) => {
    await using all = await withAliases(10);
    for (let i = 0; i < 3; i++) await all.client.publish("a/topic", "", { qos });
    expect(sent(all)).toEqual(Array(3).fill(["a/topic", undefined]));
  });

  test.each<[what: string, all: () => Promise<Connected>]>([
    ["the broker allows none", () => withAliases(0)],
    ["the option is off", () => withAliases(10, { topicAliases: "off" })],
  ])("messages get no alias when %s", async (_what, make) => {
    await using all = await make();
    for (let i = 0; i < 3; i++) await all.client.publish("a/topic");
    await all.client.publish("end", "", { qos: 1 });
    expect(sent(all).slice(0, 3)).toEqual(Array(3).fill(["a/topic", undefined]));
  });

  test("an alias does not exceed the broker's maximum packet size", async () => {
    const whole = v5.publish({ topic: "a/topic", payload: "payload" });
    await using all = await withAliases(1, {}, { maximumPacketSize: whole.length });
    for (let i = 0; i < 3; i++) await all.client.publish("a/topic", "payload");
    for (let i = 0; i < 2; i++) await all.client.publish("a/topic", "p");
    await all.client.publish("a/topic", "payload");
    await all.client.publish("end", "", { qos: 1 });
    expect(sent(all).map(([topic]) => topic)).toEqual([...Array(4).fill("a/topic"), "", "", "end"]);
    for (const { type, raw } of all.session.received)
      if (type === "PUBLISH") expect(raw.length).toBeLessThanOrEqual(whole.length);
  });

  test("aliases stay within the broker's maximum for any number of topics", async () => {
    await using all = await withAliases(5);
    for (let i = 0; i < 3_000; i++) await all.client.publish(`topic/${i % 50}`, `topic/${i % 50}`);
    await all.client.publish("end", "", { qos: 1 });
    const known = new Map<number, string>();
    for (const each of all.session.received) {
      if (each.type !== "PUBLISH" || each.qos > 0) continue;
      const { topicAlias } = decodeProperties(each.properties);
      if (topicAlias !== undefined) expect(topicAlias).toSatisfy((alias: number) => alias >= 1 && alias <= 5);
      if (topicAlias !== undefined && each.topic !== "") known.set(topicAlias, each.topic);
      expect(each.topic || known.get(topicAlias ?? 0)).toBe(each.payload.toString());
    }
  });

  test("a new connection begins without outgoing aliases", async () => {
    await using all = await withAliases(1);
    for (let i = 0; i < 3; i++) await all.client.publish("a/topic");
    await all.client.disconnect();
    await all.client.connect();
    await all.client.publish("a/topic");
    await all.client.publish("end", "", { qos: 1 });
    const second = all.broker.sessions.at(-1)!;
    expect(sent({ ...all, session: second })[0]).toEqual(["a/topic", undefined]);
  });

  test("mosquitto and the client understand each other's aliases", async () => {
    await using broker = await startMosquitto();
    await using client = await Client.connect(broker.url, allowing(10));
    await client.subscribe("a/#");
    for (let i = 0; i < 100; i++) await client.publish(`a/topic/${i % 4}`, `${i % 4}`);
    const messages = await take(client, 100);
    expect(messages.map(({ topic }) => topic.value)).toEqual(
      messages.map((each) => `a/topic/${each.text()}`),
    );
  });
});

describe("a program's own topic alias", () => {
  test("a program's alias is sent when topicAliases is off, and may replace the topic", async () => {
    await using all = await withAliases(7, { topicAliases: "off" });
    await all.client.publish("a/topic", "1", { properties: { topicAlias: 7 } });
    await all.client.publish("", "2", { properties: { topicAlias: 7 } });
    await all.client.publish("end", "", { qos: 1 });
    expect(sent(all).slice(0, 2)).toEqual([
      ["a/topic", 7],
      ["", 7],
    ]);
  });

  test("a program's alias is refused when the client chooses aliases", async () => {
    await using all = await withAliases(7);
    const alias = { properties: { topicAlias: 7 } };
    await expect(all.client.publish("t", "", alias)).rejects.toThrow(TypeError);
    await expect(all.client.publish("t", "", alias)).rejects.toThrow(/topicAliases: "off"/);
  });

  test.each([1, 2] as const)("a program's alias is refused at QoS %i", async (qos) => {
    await using all = await withAliases(7, { topicAliases: "off" });
    await expect(all.client.publish("t", "", { qos, properties: { topicAlias: 1 } })).rejects.toThrow(
      TypeError,
    );
  });

  test("a program's alias above the broker's maximum is refused", async () => {
    await using all = await withAliases(7, { topicAliases: "off" });
    await expect(all.client.publish("t", "", { properties: { topicAlias: 8 } })).rejects.toMatchObject({
      code: "REFUSED",
      reasonCode: { value: 0x94 },
    });
    await expect(all.client.publish("", "")).rejects.toThrow();
  });
});
