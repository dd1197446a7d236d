import { describe, expect, test } from "vitest";
import {
  MqttCodeError,
  MqttConnectError,
  MqttError,
  MqttReentrantError,
} from "../../../lib/protocol/errors.ts";
import { ReasonCode, reasonCodeOfReturnCode } from "../../../lib/protocol/reason-code.ts";

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
    expect("cause" in new MqttError("no", { code: "TIMEOUT", cause: undefined })).toBe(false);
  });
});

describe.each([
  [MqttCodeError, "MqttCodeError", "REFUSED", "code_error_reason_codes"],
  [MqttConnectError, "MqttConnectError", "CONNECTION_REFUSED", "connect_error_reason_codes"],
])("%o", (ErrorClass, name, code, aiomqttTest) => {
  // The reason codes of aiomqtt's tests (tests/test_exceptions.py of 2.5.1), and their names. Its tests code_error_int
  // and code_error_none are about Paho's own numbers. They have no counterpart: only a broker's answer has a number
  // here.
  test.each([
    [ReasonCode.of(0x00, "connack"), "[code:0] Success"],
    [ReasonCode.of(0x00, "puback"), "[code:0] Success"],
    [ReasonCode.of(0x01, "suback"), "[code:1] Granted QoS 1"],
    [NOT_AUTHORIZED, "[code:135] Not authorized"],
  ])(`${aiomqttTest}: %s`, (reasonCode, message) => {
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

  test("an undefined option is as good as none", () => {
    const options = { code: undefined, cause: undefined, properties: undefined, reasonCodes: undefined };
    const error = new ErrorClass(NOT_AUTHORIZED, options);
    expect({ ...error }).toEqual({ ...new ErrorClass(NOT_AUTHORIZED) });
    expect("cause" in error).toBe(false);
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

// aiomqtt has the texts of MQTT 3.1.1; here a return code becomes the reason code that says the same.
test.each([
  [1, "[code:132] Unsupported Protocol Version"],
  [2, "[code:133] Client Identifier not valid"],
  [3, "[code:136] Server unavailable"],
  [4, "[code:134] Bad User Name or Password"],
  [5, "[code:135] Not authorized"],
])("connect_error_int: %i", (returnCode, message) => {
  expect(new MqttConnectError(reasonCodeOfReturnCode(returnCode)).message).toBe(message);
});

test("MqttReentrantError", () => {
  const error = new MqttReentrantError();
  expect(error).toBeInstanceOf(MqttError);
  expect(error).not.toBeInstanceOf(MqttCodeError);
  expect(error.code).toBe("REENTRANT");
  expect(String(error)).toBe("MqttReentrantError: The client is reusable, but not reentrant");
});
