import { describe, expect, test } from "vitest";
import { Reader, Writer } from "../../../lib/packets/bytes.ts";
import { encodeConnect } from "../../../lib/packets/connect.ts";
import {
  decodeAuth,
  decodeDisconnect,
  encodeAuth,
  encodeDisconnect,
} from "../../../lib/packets/disconnect.ts";
import { decodeAck, decodeConnack, decodeSuback, decodeUnsuback } from "../../../lib/packets/reply.ts";
import { encodeSubscribeOptions } from "../../../lib/packets/subscribe.ts";
import { ReasonCode } from "../../../lib/protocol/reason-code.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const malformedPacket = expect.objectContaining({ name: "MqttError", code: "PROTOCOL_ERROR" });

describe("bytes", () => {
  test.each([
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16_383, "ff7f"],
    [16_384, "808001"],
    [2_097_151, "ffff7f"],
    [2_097_152, "80808001"],
    [268_435_455, "ffffff7f"],
  ])("the variable byte integer %i", (value, hex) => {
    const writer = new Writer();
    writer.varint(value);
    expect(writer.finish()).toEqual(bytes(hex));
    expect(new Reader(bytes(hex), 0, hex.length / 2).varint()).toBe(value);
  });

  test("a variable byte integer that is too large", () => {
    expect(() => new Writer().varint(268_435_456)).toThrow(RangeError);
  });

  test("a writer grows", () => {
    const writer = new Writer();
    for (let i = 0; i < 1_000; i++) writer.u16(i);
    const reader = new Reader(writer.finish(), 0, 2_000);
    for (let i = 0; i < 1_000; i++) expect(reader.u16()).toBe(i);
    expect(reader.remaining).toBe(0);
  });
});

describe("encodeConnect", () => {
  const minimal = { identifier: "id", clean: true, keepalive: 60 };
  const will = { topic: "w", payload: Buffer.alloc(0), qos: 0, retain: false } as const;

  test.each([
    [3, "10 10 0006 4d5149736470 03 02 003c 0002 6964"],
    [4, "10 0e 0004 4d515454 04 02 003c 0002 6964"],
    [5, "10 0f 0004 4d515454 05 02 003c 00 0002 6964"],
  ] as const)("protocol level %i", (protocol, hex) => {
    expect(encodeConnect({ ...minimal, protocol })).toEqual(bytes(hex));
  });

  test.each([
    [3, "10 1c 0006 4d5149736470 03 f4 ffff 0000 0001 77 0002 00ff 0001 75 0002 c3a9"],
    [4, "10 1a 0004 4d515454 04 f4 ffff 0000 0001 77 0002 00ff 0001 75 0002 c3a9"],
    [5, "10 1c 0004 4d515454 05 f4 ffff 00 0000 00 0001 77 0002 00ff 0001 75 0002 c3a9"],
  ] as const)("everything, protocol level %i", (protocol, hex) => {
    const fields = {
      protocol,
      identifier: "",
      clean: false,
      keepalive: 65_535,
      username: "u",
      password: "é",
      will: { topic: "w", payload: Buffer.of(0, 255), qos: 2, retain: true },
    } as const;
    expect(encodeConnect(fields)).toEqual(bytes(hex));
  });

  test("properties, and those of the will", () => {
    const fields = {
      ...minimal,
      protocol: 5,
      will: { ...will, qos: 1, properties: { willDelayInterval: 1 } },
      properties: { receiveMaximum: 20 },
    } as const;
    expect(encodeConnect(fields)).toEqual(
      bytes("10 1d 0004 4d515454 05 0e 003c 03 21 0014 0002 6964 05 18 00000001 0001 77 0000"),
    );
  });

  test("a will with an empty payload", () => {
    expect(encodeConnect({ ...minimal, protocol: 4, will })).toEqual(
      bytes("10 13 0004 4d515454 04 06 003c 0002 6964 0001 77 0000"),
    );
  });

  test("a password without a user name", () => {
    expect(encodeConnect({ ...minimal, protocol: 5, password: Buffer.of(1) })).toEqual(
      bytes("10 12 0004 4d515454 05 42 003c 00 0002 6964 0001 01"),
    );
  });

  test("an empty user name is one", () => {
    expect(encodeConnect({ ...minimal, protocol: 4, username: "" })).toEqual(
      bytes("10 10 0004 4d515454 04 82 003c 0002 6964 0000"),
    );
  });

  test("a packet of more than 127 bytes", () => {
    const packet = encodeConnect({ ...minimal, protocol: 4, password: new Uint8Array(65_535) });
    expect(packet.subarray(0, 4)).toEqual(bytes("10 8f8004"));
    expect(packet.length).toBe(4 + 65_551);
  });

  test.each([
    [{ identifier: "é".repeat(32_768) }, "identifier has at most 65535 bytes, not 65536"],
    [{ username: "a".repeat(65_536) }, "username has at most 65535 bytes, not 65536"],
    [{ password: new Uint8Array(65_536) }, "password has at most 65535 bytes, not 65536"],
    [{ will: { ...will, topic: "a".repeat(65_536) } }, "will.topic has at most 65535 bytes, not 65536"],
    [{ will: { ...will, payload: Buffer.alloc(70_000) } }, "will.payload has at most 65535 bytes, not 70000"],
  ])("refuses what is too long: %#", (fields, message) => {
    expect(() => encodeConnect({ ...minimal, protocol: 4, ...fields })).toThrow(new RangeError(message));
  });

  test("refuses properties that are not allowed", () => {
    const properties: object = { topicAlias: 1 };
    expect(() => encodeConnect({ ...minimal, protocol: 5, will: { ...will, properties } })).toThrow(
      "will.properties.topicAlias (1) is not allowed in will",
    );
  });
});

describe("decodeConnack", () => {
  test.each([
    ["20 02 00 00", 3, false, 0x00],
    ["20 02 01 00", 3, false, 0x00],
    ["20 02 01 00", 4, true, 0x00],
    ["20 02 00 05", 4, false, 0x87],
  ] as const)("%s at protocol level %i", (hex, protocol, sessionPresent, value) => {
    const reasonCode = ReasonCode.of(value, "connack");
    expect(decodeConnack(bytes(hex), protocol)).toEqual({
      sessionPresent,
      reasonCode,
      properties: undefined,
    });
  });

  test.each([
    ["20 03 01 00 00", true, 0x00, {}],
    ["20 06 00 00 03 21 0014", false, 0x00, { receiveMaximum: 20 }],
    ["20 07 00 87 04 1f 0001 6e", false, 0x87, { reasonString: "n" }],
    // Brokers without MQTT 5 answer so.
    ["20 02 00 01", false, 0x84, {}],
    ["20 02 00 84", false, 0x84, {}],
  ])("%s at protocol level 5", (hex, sessionPresent, value, properties) => {
    const reasonCode = ReasonCode.of(value, "connack");
    expect(decodeConnack(bytes(hex), 5)).toEqual({ sessionPresent, reasonCode, properties });
  });

  test.each(["", "20", "20 00", "20 01 00", "20 02 00", "20 02 00 00 00", "20 03 00 00 05"])(
    "%s is malformed",
    (hex) => {
      expect(() => decodeConnack(bytes(hex), 5)).toThrow(malformedPacket);
    },
  );
});

describe("acknowledgements", () => {
  test("SUBACK", () => {
    expect(decodeSuback(bytes("90 06 1234 00 01 02 80"), 4)).toEqual({
      packetIdentifier: 0x1234,
      reasonCodes: [0x00, 0x01, 0x02, 0x80].map((value) => ReasonCode.of(value, "suback")),
      properties: undefined,
    });
    expect(decodeSuback(bytes("90 09 0001 04 1f 0001 6e 00 87"), 5)).toEqual({
      packetIdentifier: 1,
      reasonCodes: [ReasonCode.of(0, "suback"), ReasonCode.of(0x87)],
      properties: { reasonString: "n" },
    });
  });

  test("UNSUBACK", () => {
    expect(decodeUnsuback(bytes("b0 02 0001"), 4)).toEqual({
      packetIdentifier: 1,
      reasonCodes: [],
      properties: undefined,
    });
    expect(decodeUnsuback(bytes("b0 05 0001 00 00 11"), 5)).toEqual({
      packetIdentifier: 1,
      reasonCodes: [ReasonCode.of(0), ReasonCode.of(0x11)],
      properties: {},
    });
  });

  test.each([
    ["40 02 0001", 0x00, {}],
    ["50 03 0001 10", 0x10, {}],
    ["62 04 0001 92 00", 0x92, {}],
    ["70 08 0001 00 04 1f 0001 6e", 0x00, { reasonString: "n" }],
  ])("%s", (hex, value, properties) => {
    expect(decodeAck(bytes(hex))).toEqual({
      packetIdentifier: 1,
      reasonCode: ReasonCode.of(value),
      properties,
    });
  });

  test("malformed ones", () => {
    expect(() => decodeAck(bytes("40 01 00"))).toThrow(malformedPacket);
    expect(() => decodeSuback(bytes("90 02 0001"), 5)).toThrow(malformedPacket);
    expect(() => decodeUnsuback(bytes("b0 04 0001 05 00"), 5)).toThrow(malformedPacket);
  });
});

describe("DISCONNECT and AUTH", () => {
  test.each([
    [encodeDisconnect(), "e0 00"],
    [encodeDisconnect(0x00, {}), "e0 00"],
    [encodeDisconnect(0x04), "e0 02 04 00"],
    [encodeDisconnect(0x00, { sessionExpiryInterval: 1 }), "e0 07 00 05 11 00000001"],
    [
      encodeAuth(0x18, { authenticationMethod: "m", authenticationData: "d" }),
      "f0 0a 18 08 15 0001 6d 16 0001 64",
    ],
  ])("%o", (packet, hex) => {
    expect(packet).toEqual(bytes(hex));
  });

  test.each([
    ["e0 00", 0x00, {}],
    ["e0 01 8e", 0x8e, {}],
    ["e0 02 8b 00", 0x8b, {}],
    ["e0 06 9c 04 1c 0001 62", 0x9c, { serverReference: "b" }],
  ])("decodeDisconnect %s", (hex, value, properties) => {
    const reasonCode = ReasonCode.of(value, "disconnect");
    expect(decodeDisconnect(bytes(hex))).toEqual({ reasonCode, properties });
  });

  test("decodeAuth", () => {
    expect(decodeAuth(bytes("f0 00"))).toEqual({ reasonCode: ReasonCode.of(0), properties: {} });
    expect(decodeAuth(bytes("f0 06 18 04 15 0001 6d"))).toEqual({
      reasonCode: ReasonCode.of(0x18),
      properties: { authenticationMethod: "m" },
    });
  });

  test("malformed ones", () => {
    expect(() => decodeDisconnect(bytes("e0 02 8b"))).toThrow(malformedPacket);
    expect(() => decodeAuth(bytes("f0 02 18 01"))).toThrow(malformedPacket);
  });
});

test.each([
  [{ qos: 0 }, 0x00],
  [{ qos: 2 }, 0x02],
  [{ qos: 1, noLocal: true }, 0x05],
  [{ qos: 0, retainAsPublished: true }, 0x08],
  [{ qos: 0, retainHandling: 1 }, 0x10],
  [{ qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 }, 0x2e],
] as const)("encodeSubscribeOptions(%o)", (options, byte) => {
  expect(encodeSubscribeOptions(options)).toBe(byte);
});
