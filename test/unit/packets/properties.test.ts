import { describe, expect, test } from "vitest";
import { decodeProperties, encodeProperties } from "../../../lib/packets/properties.ts";
import type { ReceivedProperties, SentProperties } from "../../../lib/protocol/property-types.ts";

const bytes = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** Calls with what the types forbid, as JavaScript may. */
const encodeAny = encodeProperties as (packet: keyof SentProperties, properties: unknown) => Buffer;

describe("encodeProperties", () => {
  test("nothing", () => {
    expect(encodeProperties("publish", undefined)).toEqual(bytes("00"));
    expect(encodeProperties("publish", {})).toEqual(bytes("00"));
    expect(encodeAny("publish", { contentType: undefined })).toEqual(bytes("00"));
    expect(encodeProperties("publish", { userProperties: [] })).toEqual(bytes("00"));
  });

  test.each<[keyof SentProperties, object, string]>([
    ["connect", { sessionExpiryInterval: 0xffffffff }, "05 11 ffffffff"],
    ["connect", { receiveMaximum: 1 }, "03 21 0001"],
    ["connect", { maximumPacketSize: 0x12345678 }, "05 27 12345678"],
    ["connect", { topicAliasMaximum: 65535 }, "03 22 ffff"],
    ["connect", { requestResponseInformation: true }, "02 19 01"],
    ["connect", { requestProblemInformation: false }, "02 17 00"],
    ["connect", { authenticationMethod: "ab" }, "05 15 0002 6162"],
    ["connect", { authenticationData: Uint8Array.of(0, 255) }, "05 16 0002 00ff"],
    ["auth", { authenticationData: "é" }, "05 16 0002 c3a9"],
    ["auth", { reasonString: "r" }, "04 1f 0001 72"],
    ["will", { willDelayInterval: 5 }, "05 18 00000005"],
    ["will", { payloadFormatIndicator: true }, "02 01 01"],
    ["publish", { payloadFormatIndicator: false }, "02 01 00"],
    ["publish", { messageExpiryInterval: 0 }, "05 02 00000000"],
    ["publish", { contentType: "" }, "03 03 0000"],
    ["publish", { responseTopic: "a/b" }, "06 08 0003 612f62"],
    ["publish", { correlationData: Buffer.from("c") }, "04 09 0001 63"],
    ["publish", { topicAlias: 10 }, "03 23 000a"],
    ["subscribe", { subscriptionIdentifier: 1 }, "02 0b 01"],
    ["subscribe", { subscriptionIdentifier: 127 }, "02 0b 7f"],
    ["subscribe", { subscriptionIdentifier: 128 }, "03 0b 8001"],
    ["subscribe", { subscriptionIdentifier: 16384 }, "04 0b 808001"],
    ["subscribe", { subscriptionIdentifier: 268435455 }, "05 0b ffffff7f"],
    ["disconnect", { sessionExpiryInterval: 1 }, "05 11 00000001"],
    ["unsubscribe", { userProperties: [["k", "v"]] }, "07 26 0001 6b 0001 76"],
  ])("%s %o", (packet, properties, hex) => {
    expect(encodeAny(packet, properties)).toEqual(bytes(hex));
  });

  test("user properties keep their order and repeated names", () => {
    const userProperties = [
      ["b", "1"],
      ["a", ""],
      ["b", "2"],
    ] as const;
    expect(encodeProperties("publish", { userProperties })).toEqual(
      bytes("14 26 0001 62 0001 31 26 0001 61 0000 26 0001 62 0001 32"),
    );
  });

  test("a length of more than one byte", () => {
    const block = encodeProperties("publish", { contentType: "x".repeat(65_535) });
    expect(block.subarray(0, 6)).toEqual(bytes("828004 03 ffff"));
    expect(block.length).toBe(3 + 65_538);
  });

  test.each<[keyof SentProperties, unknown, string]>([
    ["publish", 1, "properties must be an object, not 1"],
    ["publish", null, "properties must be an object, not null"],
    ["will", "x", "will.properties must be an object, not 'x'"],
    [
      "unsubscribe",
      { topicAlias: 1 },
      "properties.topicAlias (1) is not allowed in unsubscribe, only userProperties",
    ],
    [
      "publish",
      { subscriptionIdentifiers: [1] },
      "properties.subscriptionIdentifiers ([ 1 ]) is not allowed in publish",
    ],
    ["publish", { toString: "x" }, "properties.toString ('x') is not allowed in publish"],
    ["will", { topicAlias: 1 }, "will.properties.topicAlias (1) is not allowed in will"],
    ["disconnect", { serverReference: "x" }, "properties.serverReference ('x') is not allowed in disconnect"],
    ["connect", { receiveMaximum: 0 }, "properties.receiveMaximum must be an integer from 1 to 65535, not 0"],
    [
      "connect",
      { receiveMaximum: 65536 },
      "properties.receiveMaximum must be an integer from 1 to 65535, not 65536",
    ],
    [
      "connect",
      { maximumPacketSize: 0 },
      "properties.maximumPacketSize must be an integer from 1 to 4294967295, not 0",
    ],
    [
      "connect",
      { topicAliasMaximum: -1 },
      "properties.topicAliasMaximum must be an integer from 0 to 65535, not -1",
    ],
    [
      "connect",
      { sessionExpiryInterval: 1.5 },
      "properties.sessionExpiryInterval must be an integer from 0 to 4294967295, not 1.5",
    ],
    [
      "connect",
      { sessionExpiryInterval: "1" },
      "properties.sessionExpiryInterval must be an integer from 0 to 4294967295, not '1'",
    ],
    [
      "connect",
      { requestProblemInformation: 1 },
      "properties.requestProblemInformation must be a boolean, not 1",
    ],
    [
      "subscribe",
      { subscriptionIdentifier: 0 },
      "properties.subscriptionIdentifier must be an integer from 1 to 268435455, not 0",
    ],
    [
      "subscribe",
      { subscriptionIdentifier: 268435456 },
      "properties.subscriptionIdentifier must be an integer from 1 to 268435455",
    ],
    ["publish", { topicAlias: 0 }, "properties.topicAlias must be an integer from 1 to 65535, not 0"],
    [
      "publish",
      { contentType: null },
      "properties.contentType must be a string of at most 65535 bytes of UTF-8 without U+0000, not null",
    ],
    ["publish", { contentType: "a\0" }, "properties.contentType must be a string"],
    ["publish", { contentType: "\ud800" }, "properties.contentType must be a string"],
    ["publish", { contentType: "é".repeat(32_768) }, "properties.contentType must be a string"],
    [
      "publish",
      { responseTopic: "a/#" },
      "properties.responseTopic must be a non-empty string of at most 65535 bytes of UTF-8 without U+0000, + and #, not 'a/#'",
    ],
    ["publish", { responseTopic: "" }, "properties.responseTopic must be a non-empty string"],
    [
      "publish",
      { correlationData: 1 },
      "properties.correlationData must be a Uint8Array or a string of at most 65535 bytes, not 1",
    ],
    [
      "publish",
      { correlationData: new Uint8Array(65_536) },
      "properties.correlationData must be a Uint8Array or a string",
    ],
    [
      "publish",
      { userProperties: { a: "b" } },
      "properties.userProperties must be an array, each element a pair [name, value] of strings",
    ],
    [
      "publish",
      { userProperties: [["a", "b"], ["a"]] },
      "properties.userProperties[1] must be a pair [name, value] of strings",
    ],
    [
      "publish",
      { userProperties: [["a", 1]] },
      "properties.userProperties[0] must be a pair [name, value] of strings",
    ],
  ])("%s refuses %o", (packet, properties, message) => {
    expect(() => encodeAny(packet, properties)).toThrow(TypeError);
    expect(() => encodeAny(packet, properties)).toThrow(message);
  });
});

describe("decodeProperties", () => {
  test.each<[keyof ReceivedProperties, string, object]>([
    ["publish", "00", {}],
    ["publish", "02 01 01", { payloadFormatIndicator: true }],
    ["publish", "05 02 00000001", { messageExpiryInterval: 1 }],
    ["publish", "05 03 0002 c3a9", { contentType: "é" }],
    ["publish", "06 03 0003 efbbbf", { contentType: "\ufeff" }],
    ["publish", "04 08 0001 61", { responseTopic: "a" }],
    ["publish", "04 09 0001 ff", { correlationData: Buffer.of(255) }],
    ["publish", "02 0b 05", { subscriptionIdentifiers: [5] }],
    ["publish", "05 0b 8001 0b 01", { subscriptionIdentifiers: [128, 1] }],
    [
      "publish",
      "0e 26 0001 62 0001 31 26 0001 62 0001 30",
      {
        userProperties: [
          ["b", "1"],
          ["b", "0"],
        ],
      },
    ],
    ["ack", "04 1f 0001 72", { reasonString: "r" }],
    ["disconnect", "04 1c 0001 72", { serverReference: "r" }],
    ["auth", "08 15 0001 61 16 0001 62", { authenticationMethod: "a", authenticationData: Buffer.from("b") }],
    ["connack", "05 11 00000001", { sessionExpiryInterval: 1 }],
    ["connack", "04 12 0001 61", { assignedClientIdentifier: "a" }],
    ["connack", "03 13 0000", { serverKeepAlive: 0 }],
    ["connack", "04 1a 0001 61", { responseInformation: "a" }],
    ["connack", "06 21 0014 22 000a", { receiveMaximum: 20, topicAliasMaximum: 10 }],
    ["connack", "04 24 01 25 00", { maximumQoS: 1, retainAvailable: false }],
    ["connack", "05 27 00000064", { maximumPacketSize: 100 }],
    [
      "connack",
      "06 28 00 29 01 2a 00",
      {
        wildcardSubscriptionAvailable: false,
        subscriptionIdentifierAvailable: true,
        sharedSubscriptionAvailable: false,
      },
    ],
  ])("%s %s", (packet, hex, properties) => {
    const block = bytes(hex);
    expect(decodeProperties(packet, block)).toEqual({ properties, end: block.length });
  });

  test("begins at the offset and tells where it ends", () => {
    expect(decodeProperties("publish", bytes("ffff 02 01 01 ffff"), 2)).toEqual({
      properties: { payloadFormatIndicator: true },
      end: 5,
    });
  });

  test("buffers own their memory", () => {
    const block = bytes("04 09 0001 aa");
    const { properties } = decodeProperties("publish", block);
    block.fill(0);
    expect(properties.correlationData).toEqual(Buffer.of(0xaa));
  });

  test.each<[keyof ReceivedProperties, string, string]>([
    ["publish", "", "it ends too early"],
    ["publish", "01", "it ends too early"],
    ["publish", "02 02 00000001", "it ends too early"],
    ["publish", "04 03 0002 61", "it ends too early"],
    ["publish", "ffffffff01", "a variable byte integer has more than four bytes"],
    ["publish", "02 7e 00", "property 126 is not allowed in publish"],
    ["publish", "05 11 00000001", "property 17 is not allowed in publish"],
    ["disconnect", "05 11 00000001", "property 17 is not allowed in disconnect"],
    ["publish", "04 01 00 01 00", "payloadFormatIndicator occurs twice"],
    ["publish", "02 01 02", "payloadFormatIndicator must be a boolean, not 2"],
    ["publish", "02 0b 00", "subscriptionIdentifiers must be an integer from 1 to 268435455, not 0"],
    ["publish", "04 03 0001 00", "a string is not UTF-8 or contains U+0000"],
    ["publish", "05 03 0002 c328", "a string is not UTF-8 or contains U+0000"],
    ["publish", "06 03 0003 eda080", "a string is not UTF-8 or contains U+0000"],
    ["connack", "02 24 02", "maximumQoS must be an integer from 0 to 1, not 2"],
    ["connack", "03 21 0000", "receiveMaximum must be an integer from 1 to 65535, not 0"],
  ])("%s refuses %s", (packet, hex, message) => {
    expect(() => decodeProperties(packet, bytes(hex))).toThrow(
      expect.objectContaining({
        name: "MqttError",
        code: "PROTOCOL_ERROR",
        message: expect.stringContaining(message),
      }),
    );
  });
});

test("authentication data is a secret: no error message shows it", () => {
  const secret = "hunter2".repeat(10_000);
  const wrong = [
    () => encodeProperties("connect", { authenticationData: secret }),
    () => encodeProperties("connect", { authenticationData: ["hunter2"] as never }),
    () => encodeProperties("publish", { authenticationData: "hunter2" } as never),
  ];
  for (const encode of wrong) {
    expect(encode).toThrow("authenticationData");
    expect(encode).toThrow(/^(?!.*hunter2)/);
  }
});
