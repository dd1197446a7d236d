import { expect, test } from "vitest";
import { MqttCodeError, MqttConnectError, MqttError, ReasonCode } from "../../../lib/index.ts";
import { readServerReference } from "../../../lib/session/server-reference.ts";

const moved = (serverReference?: string) =>
  new MqttConnectError(ReasonCode.of(0x9d), { properties: serverReference ? { serverReference } : {} });

test.each<[text: string, host: string, port: number | undefined]>([
  ["broker.example", "broker.example", undefined],
  ["broker.example:8883", "broker.example", 8883],
  [" a.example:1 b.example:2", "a.example", 1],
  ["192.0.2.7:1883", "192.0.2.7", 1883],
  ["[2001:db8::1]:1883", "2001:db8::1", 1883],
  ["[2001:db8::1]", "2001:db8::1", undefined],
  ["2001:db8::1", "2001:db8::1", undefined],
])("%j is the host %s and the port %s", (text, host, port) => {
  expect(readServerReference(moved(text))).toEqual({ host, port, isPermanent: true });
});

test.each([undefined, "", "a:b:c", "broker:0", "broker:65536", "broker:123456", "[::1", "[broker]x"])(
  "%j is no reference",
  (text) => {
    expect(readServerReference(moved(text))).toBeUndefined();
  },
);

test("only the codes that refer to another server have a reference", () => {
  const properties = { serverReference: "broker" };
  expect(readServerReference(new MqttCodeError(ReasonCode.of(0x9c), { properties }))).toEqual({
    host: "broker",
    port: undefined,
    isPermanent: false,
  });
  expect(readServerReference(new MqttCodeError(ReasonCode.of(0x88), { properties }))).toBeUndefined();
  expect(readServerReference(new MqttError("text", { code: "TIMEOUT" }))).toBeUndefined();
});
