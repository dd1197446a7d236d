import { describe, expect, test } from "vitest";
import { ReasonCode, reasonCodeOfReturnCode } from "../../../lib/protocol/reason-code.ts";

describe("ReasonCode", () => {
  test.each([
    [0x00, "Success", false],
    [0x01, "Granted QoS 1", false],
    [0x04, "Disconnect with Will Message", false],
    [0x10, "No matching subscribers", false],
    [0x11, "No subscription existed", false],
    [0x80, "Unspecified error", true],
    [0x87, "Not authorized", true],
    [0xa2, "Wildcard Subscriptions not supported", true],
    [0xff, "Unknown reason code", true],
  ])("%i is %s", (value, name, isFailure) => {
    const code = ReasonCode.of(value);
    expect(code.value).toBe(value);
    expect(code.name).toBe(name);
    expect(code.isFailure).toBe(isFailure);
    expect(String(code)).toBe(name);
  });

  test("the name of 0x00 depends on the packet", () => {
    expect(ReasonCode.of(0, "connack").name).toBe("Success");
    expect(ReasonCode.of(0, "unsuback").name).toBe("Success");
    expect(ReasonCode.of(0, "suback").name).toBe("Granted QoS 0");
    expect(ReasonCode.of(0, "disconnect").name).toBe("Normal disconnection");
  });

  test("instances are shared, and cannot be changed", () => {
    expect(() => Object.assign(ReasonCode.of(0x87), { name: "Welcome" })).toThrow(TypeError);
    expect(ReasonCode.of(0x87, "suback")).toBe(ReasonCode.of(0x87));
    expect(ReasonCode.of(0, "suback")).toBe(ReasonCode.of(0, "suback"));
  });

  test.each([-1, 256, 1.5, Number.NaN])("%d is not a reason code", (value) => {
    expect(() => ReasonCode.of(value)).toThrow(RangeError);
    expect(() => ReasonCode.of(value)).toThrow(`A reason code is an integer from 0 to 255, not ${value}`);
  });
});

test.each([
  [0, 0x00],
  [1, 0x84],
  [2, 0x85],
  [3, 0x88],
  [4, 0x86],
  [5, 0x87],
  [6, 0x80],
  [0x7f, 0x80],
  [0x80, 0x80],
  [0x87, 0x87],
])("the return code %i is the reason code %i", (returnCode, value) => {
  expect(reasonCodeOfReturnCode(returnCode)).toBe(ReasonCode.of(value));
});
