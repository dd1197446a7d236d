import { describe, expect, test } from "vitest";
import { MqttCodeError, MqttConnectError, MqttError, MqttReentrantError } from "../../lib/errors.ts";
import { ReasonCode } from "../../lib/reason-code.ts";

const NOT_AUTHORIZED = ReasonCode.of(0x87);

describe("MqttError", () => {
  test("has a code and a cause", () => {
    const cause = new Error("socket hang up");
    const error = new MqttError("The connection was lost", { code: "CONNECTION_LOST", cause });
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe("CONNECTION_LOST");
    expect(error.cause).toBe(cause);
    expect(String(error)).toBe("MqttError: The connection was lost");
    expect(error.stack).toMatch(/^MqttError: The connection was lost\n/);
  });

  test("without a cause there is none", () => {
    expect("cause" in new MqttError("no", { code: "TIMEOUT" })).toBe(false);
  });
});

describe.each([
  [MqttCodeError, "MqttCodeError", "REFUSED"],
  [MqttConnectError, "MqttConnectError", "CONNECTION_REFUSED"],
])("%o", (ErrorClass, name, code) => {
  // The reason codes of aiomqtt's tests.
  test.each([
    [ReasonCode.of(0x00, "connack"), "[code:0] Success"],
    [ReasonCode.of(0x00, "puback"), "[code:0] Success"],
    [ReasonCode.of(0x01, "suback"), "[code:1] Granted QoS 1"],
    [NOT_AUTHORIZED, "[code:135] Not authorized"],
  ])("%s", (reasonCode, message) => {
    const error = new ErrorClass(reasonCode);
    expect(error).toBeInstanceOf(MqttError);
    expect(error).toBeInstanceOf(MqttCodeError);
    expect(error.message).toBe(message);
    expect(error.name).toBe(name);
    expect(error.code).toBe(code);
    expect(error.reasonCode).toBe(reasonCode);
    expect(error.reasonCodes).toEqual([reasonCode]);
    expect(error.properties).toBeUndefined();
  });

  test("all options", () => {
    const properties = { reasonString: "not on Sundays" };
    const reasonCodes = [ReasonCode.of(1), NOT_AUTHORIZED];
    const error = new ErrorClass(NOT_AUTHORIZED, {
      code: "CONNECTION_LOST",
      cause: 1,
      properties,
      reasonCodes,
    });
    expect(error.message).toBe("[code:135] Not authorized: not on Sundays");
    expect(error.code).toBe("CONNECTION_LOST");
    expect(error.cause).toBe(1);
    expect(error.properties).toBe(properties);
    expect(error.reasonCodes).toBe(reasonCodes);
  });
});

test("MqttReentrantError", () => {
  const error = new MqttReentrantError();
  expect(error).toBeInstanceOf(MqttError);
  expect(error).not.toBeInstanceOf(MqttCodeError);
  expect(error.code).toBe("REENTRANT");
  expect(String(error)).toBe("MqttReentrantError: The client is reusable, but not reentrant");
});
