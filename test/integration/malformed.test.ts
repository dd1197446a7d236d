import { describe, expect, test } from "vitest";
import { type ClientOptions, ProtocolVersion } from "../../lib/index.ts";
import { prefixed, u8, u16 } from "../support/bytes.ts";
import { type Connected, connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";
import { packet, v3, v5 } from "../support/packets.ts";
import { protocols } from "../support/protocols.ts";
import { silence } from "../support/scripted-answers.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** A PUBLISH of QoS 0 that must not be delivered. */
const publish = (protocol: ProtocolVersion, topic: Uint8Array | string) =>
  packet(0x30, prefixed(topic), protocol === 5 ? u8(0) : Buffer.alloc(0), Buffer.from("bad"));

/** Expects that the connection ends for this reason, that nothing was delivered, and that the next connection works. */
async function expectEnd({ client, broker }: Connected, expected: object): Promise<void> {
  const error = await client.closed;
  expect(error).toMatchObject(expected);
  expect(client.messages.length).toBe(0);
  await expect(client.messages.next({ timeout: 1 })).rejects.toMatchObject({ cause: error });
  await client.connect();
  const session = broker.sessions.at(-1)!;
  await session.send(session.packets.publish({ topic: "t", payload: "good" }));
  expect((await takeOne(client)).text()).toBe("good");
}

async function expectViolation(options: ClientOptions, ...bytes: Uint8Array[]): Promise<void> {
  await using all = await connected({}, options);
  await all.session.send(...bytes);
  await expectEnd(all, { code: "PROTOCOL_ERROR" });
}

describe.each(protocols)("MQTT $name", { timeout: 3_000 }, ({ protocol }) => {
  const broker = protocol === 5 ? v5 : v3;

  test.each<[what: string, bytes: Uint8Array]>([
    ["a reserved packet type", packet(0x00)],
    ["a CONNECT", hex("100c 0004 4d515454 04 02 003c 0000")],
    ["a SUBSCRIBE", hex("8206 0001 0001 61 00")],
    ["an UNSUBSCRIBE", hex("a205 0001 0001 61")],
    ["a PINGREQ", packet(0xc0)],
    ["an AUTH without a request", hex("f0 00")],
    ["a second CONNACK", broker.connack()],
    ["a PUBLISH with QoS 3", Buffer.from([0x36, ...broker.publish({ topic: "t", qos: 2 }).subarray(1)])],
    ["a PUBACK with flags", hex("41 02 0001")],
    ["a PUBREL without its flags", hex("60 02 0001")],
    ["a PUBREL with too many flags", hex("6f 02 0001")],
    ["a SUBACK with flags", Buffer.from([0x92, ...broker.suback(1, [0]).subarray(1)])],
    ["a PINGRESP with flags", hex("d1 00")],
    ["a PINGRESP with a body", hex("d0 01 00")],
    ["a PUBACK without an identifier", hex("40 00")],
    ["a PUBACK with one byte of an identifier", hex("40 01 00")],
    ["a SUBACK without codes", broker.suback(1, [])],
    ["a length of five bytes", hex("30 ff ff ff ff 7f")],
    ["a PUBLISH without a topic's length", hex("30 01 00")],
    ["a PUBLISH shorter than its topic", hex("30 04 0009 7474")],
    ["a PUBLISH of QoS 1 without an identifier", hex("32 03 0001 74")],
    ["a PUBLISH of QoS 1 with identifier 0", broker.publish({ topic: "t", qos: 1, packetId: 0 })],
    ["a topic with +", publish(protocol, "a/+/b")],
    ["a topic with #", publish(protocol, "a/#")],
    ["a topic with U+0000", publish(protocol, "a\0b")],
    ["a topic that is only U+0000", publish(protocol, "\0")],
    ["a topic that is not UTF-8", publish(protocol, hex("61 c328"))],
    ["a topic with an overlong form", publish(protocol, hex("61 c080"))],
    ["a topic with a surrogate", publish(protocol, hex("eda080"))],
    ["a topic that ends within a character", publish(protocol, hex("61 c3"))],
    ["an empty topic", publish(protocol, "")],
  ])("%s ends the connection", async (_what, bytes) => {
    await expectViolation({ protocol }, bytes);
  });

  test.each([1, 2] as const)("QoS %i: an invalid topic is not acknowledged", async (qos) => {
    await using all = await connected({}, { protocol });
    await all.session.send(all.session.packets.publish({ topic: "a/#", qos }));
    await all.client.closed;
    await all.session.closed;
    expect(all.session.received.map(({ type }) => type).filter((type) => type !== "DISCONNECT")).toEqual([
      "CONNECT",
    ]);
  });

  test("messages before a violation are delivered, and later ones are not", async () => {
    await using all = await connected({}, { protocol });
    const good = all.session.packets.publish({ topic: "t", payload: "before" });
    const late = all.session.packets.publish({ topic: "t", payload: "after" });
    await all.session.send(good, hex("0000"), late);
    expect(await all.client.closed).toMatchObject({ code: "PROTOCOL_ERROR" });
    expect((await takeOne(all.client)).text()).toBe("before");
    await expect(all.client.messages.next({ timeout: 1 })).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  test.each([1, 2, 3, 5])("a packet that ends after %i bytes is CONNECTION_LOST", async (size) => {
    await using all = await connected({}, { protocol });
    await all.session.send(all.session.packets.publish({ topic: "topic", payload: "p" }).subarray(0, size));
    all.session.end();
    await expectEnd(all, { code: "CONNECTION_LOST" });
  });

  test("a large packet that the broker closes within is CONNECTION_LOST", async () => {
    await using all = await connected({}, { protocol });
    const large = all.session.packets.publish({ topic: "t", payload: Buffer.alloc(1_000_000) });
    await all.session.send(large.subarray(0, 700_000));
    all.session.end();
    await expectEnd(all, { code: "CONNECTION_LOST" });
  });

  test("acknowledgements without a request are ignored", async () => {
    await using all = await connected({}, { protocol });
    const { client, session } = all;
    const { packets } = session;
    await session.send(
      packets.puback(9),
      packets.pubrec(9),
      packets.pubrel(9),
      packets.pubcomp(9),
      packets.suback(9, [0]),
      packets.unsuback(9, [0]),
      packets.pingresp(),
    );
    for (const qos of [0, 1, 2] as const) await client.publish("t", "p", { qos });
    await client.subscribe("t");
    await client.unsubscribe("t");
    expect(client.connected).toBe(true);
  });

  test("pending calls reject with PROTOCOL_ERROR after a violation", async () => {
    await using all = await connected({ PUBLISH: silence }, { protocol });
    const published = expect(all.client.publish("t", "p", { qos: 1 })).rejects.toMatchObject({
      code: "PROTOCOL_ERROR",
    });
    await all.session.waitFor("PUBLISH");
    await all.session.send(hex("0000"));
    await published;
  });
});

// None of these tests takes long, unless the connection does not end.
describe("MQTT 5", { timeout: 3_000 }, () => {
  const badProperties = (properties: string) =>
    packet(0x30, prefixed("t"), u8(hex(properties).length), hex(properties), Buffer.from("bad"));

  test.each<[what: string, bytes: Uint8Array]>([
    ["properties longer than the packet", packet(0x30, prefixed("t"), u8(50), Buffer.from("bad"))],
    ["a PUBLISH without a properties' length", packet(0x30, prefixed("t"))],
    ["a properties' length of five bytes", packet(0x30, prefixed("t"), hex("ffffffff7f"))],
    ["an unknown property", badProperties("7f 00")],
    ["a property that ends too early", badProperties("02 0000")],
    ["a string property that ends too early", badProperties("03 0009 61")],
    ["a property that PUBLISH does not have", badProperties("12 0001 61")],
    ["a repeated property", badProperties("01 00 01 00")],
    ["a property string that is not UTF-8", badProperties("03 0002 c328")],
    ["a payload format indicator of 2", badProperties("01 02")],
    ["a subscription identifier of 0", badProperties("0b 00")],
    ["a topic alias of 0", badProperties("23 0000")],
    ["a topic alias although none is allowed", badProperties("23 0001")],
    ["a response topic with a wildcard", badProperties("08 0001 23")],
    ["a PUBACK with malformed properties", packet(0x40, u16(1), u8(0), u8(9))],
    ["a SUBACK without properties", packet(0x90, u16(1), Buffer.alloc(0))],
    ["an UNSUBACK without codes", v5.unsuback(1, [])],
    ["a DISCONNECT with malformed properties", packet(0xe0, u8(0x80), u8(9))],
    ["a DISCONNECT whose reason string is not UTF-8", packet(0xe0, u8(0x80), u8(5), hex("1f 0002 c328"))],
    ["a DISCONNECT with flags", hex("e1 00")],
  ])("MQTT 5: %s ends the connection", async (_what, bytes) => {
    await expectViolation(V5, bytes);
  });

  test("MQTT 5: a violation is answered by DISCONNECT", async () => {
    await using all = await connected({}, V5);
    await all.session.send(hex("0000"));
    await all.client.closed;
    expect((await all.session.waitFor("DISCONNECT")).reasonCode).toBeGreaterThanOrEqual(0x80);
  });

  test("MQTT 5: a packet above the client's maximum packet size is refused with 0x95", async () => {
    const options = { ...V5, properties: { maximumPacketSize: 100 } };
    await using all = await connected({}, options);
    await all.session.send(v5.publish({ topic: "t", payload: "x".repeat(100) }));
    const { reasonCode } = await all.session.waitFor("DISCONNECT");
    expect(reasonCode).toBe(0x95);
    await expectEnd(all, { code: "PROTOCOL_ERROR", reasonCode: { value: 0x95 } });
  });

  test("MQTT 5: a packet of exactly the maximum packet size is delivered", async () => {
    const fitting = v5.publish({ topic: "t", payload: "x".repeat(94) });
    await using all = await connected({}, { ...V5, properties: { maximumPacketSize: fitting.length } });
    await all.session.send(fitting);
    expect((await takeOne(all.client)).payload).toHaveLength(94);
  });

  test.each<[call: string, answer: "SUBSCRIBE" | "UNSUBSCRIBE"]>([
    ["subscribe", "SUBSCRIBE"],
    ["unsubscribe", "UNSUBSCRIBE"],
  ])("MQTT 5: malformed properties in the answer to %s are a PROTOCOL_ERROR", async (call, type) => {
    const first = type === "SUBSCRIBE" ? 0x90 : 0xb0;
    const answer = ({ packetId }: { packetId: number }) =>
      all.session.send(packet(first, u16(packetId), u8(5), hex("1f 0002 c328"), u8(0)));
    await using all = await connected({}, V5);
    all.session.serve({ SUBSCRIBE: answer, UNSUBSCRIBE: answer });
    const outcome = call === "subscribe" ? all.client.subscribe("t") : all.client.unsubscribe("t");
    await expect(outcome).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  });
});

test.each(protocols.filter(({ protocol }) => protocol < 5))(
  "MQTT $name: a DISCONNECT of the broker ends the connection",
  async ({ protocol }) => {
    await expectViolation({ protocol }, packet(0xe0));
  },
);
