import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { MqttCodeError, MqttConnectError, MqttError, ReasonCode } from "../../../lib/index.ts";
import {
  type Severity,
  severityOfAttempt,
  severityOfLoss,
  VERIFICATION_CODES,
} from "../../../lib/session/failures.ts";

const error = (code: string, message = "text") => new MqttError(message, { code });
const connack = (value: number) => new MqttConnectError(ReasonCode.of(value, "connack"));
const disconnect = (value: number) =>
  new MqttCodeError(ReasonCode.of(value, "disconnect"), { code: "CONNECTION_LOST" });

/** All failing reason codes that a packet may have. */
const FAILING = Array.from({ length: 0x80 }, (_, index) => 0x80 + index);

const CONNACKS: Record<number, [before: Severity, after: Severity]> = {
  129: ["permanent", "lasting"],
  130: ["permanent", "lasting"],
  132: ["permanent", "permanent"],
  133: ["permanent", "permanent"],
  134: ["permanent", "lasting"],
  135: ["permanent", "lasting"],
  138: ["permanent", "lasting"],
  140: ["permanent", "permanent"],
  144: ["permanent", "lasting"],
  149: ["permanent", "permanent"],
  153: ["permanent", "permanent"],
  154: ["permanent", "permanent"],
  155: ["permanent", "permanent"],
};
/** A DISCONNECT may come in place of CONNACK. */
const IN_PLACE_OF_CONNACK: Record<number, [before: Severity, after: Severity]> = {
  142: ["transient", "permanent"],
  143: ["transient", "permanent"],
  152: ["transient", "lasting"],
  158: ["transient", "permanent"],
  161: ["transient", "permanent"],
  162: ["transient", "permanent"],
};

test.each(FAILING)("a refusal with %i has its severity before and after the first connection", (value) => {
  const [before, after] = CONNACKS[value] ?? IN_PLACE_OF_CONNACK[value] ?? ["transient", "transient"];
  expect(severityOfAttempt(connack(value), false)).toBe(before);
  expect(severityOfAttempt(connack(value), true)).toBe(after);
});

const DISCONNECTS: Record<number, Severity> = {
  142: "permanent",
  143: "permanent",
  158: "permanent",
  161: "permanent",
  162: "permanent",
  129: "lasting",
  130: "lasting",
  135: "lasting",
  144: "lasting",
  149: "lasting",
  152: "lasting",
  153: "lasting",
  154: "lasting",
  155: "lasting",
};

test.each(FAILING)("a loss by DISCONNECT with %i has its severity", (value) => {
  expect(severityOfLoss(disconnect(value))).toBe(DISCONNECTS[value] ?? "transient");
});

test("a loss for a reason of this side is transient", () => {
  const violation = new MqttCodeError(ReasonCode.of(0x82, "disconnect"), { code: "PROTOCOL_ERROR" });
  expect(severityOfLoss(violation)).toBe("transient");
  expect(severityOfLoss(error("CONNECTION_LOST"))).toBe("transient");
});

describe("other errors", () => {
  test.each<[code: string, message?: string]>([
    ["AUTHENTICATION_FAILED"],
    ["PROXY_AUTHENTICATION_FAILED"],
    ["ERR_TLS_CERT_ALTNAME_INVALID"],
    ["CERT_HAS_EXPIRED"],
    ["SELF_SIGNED_CERT_IN_CHAIN"],
    ["UNSPECIFIED"],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"],
    ["ERR_SSL_TLSV1_ALERT_ACCESS_DENIED"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"],
    ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE"],
    ["ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED"],
    ["ERR_OSSL_PEM_NO_START_LINE"],
    ["ERR_MISSING_PASSPHRASE"],
    ["ENOENT", "open ENOENT ca.pem"],
    ["EACCES", "open EACCES key.pem"],
    ["EISDIR", "read EISDIR /etc"],
    ["ENOPROTOOPT", "setsockopt ENOPROTOOPT 1/99"],
    [
      "WEBSOCKET_REFUSED",
      "The server answered the WebSocket upgrade with “401 Unauthorized” (connect, a:408)",
    ],
    ["WEBSOCKET_REFUSED", "The server answered the WebSocket upgrade with “404”"],
  ])("%s %s is permanent before the first connection, and lasts afterwards", (code, message) => {
    expect(severityOfAttempt(error(code, message), false)).toBe("permanent");
    expect(severityOfAttempt(error(code, message), true)).toBe("lasting");
  });

  test.each<[code: string, message?: string]>([
    ["ECONNREFUSED"],
    ["ENOTFOUND"],
    ["EAI_AGAIN"],
    ["TIMEOUT"],
    ["CONNECTION_LOST"],
    ["PROTOCOL_ERROR"],
    ["PROXY_REFUSED"],
    ["PROXY_PROTOCOL_ERROR"],
    ["WEBSOCKET_PROTOCOL_ERROR"],
    ["ERR_SSL_WRONG_VERSION_NUMBER"],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR"],
    ["ENOENT", "connect ENOENT /run/broker.sock"],
    ["EACCES", "connect EACCES /run/broker.sock"],
    ["EMFILE", "open EMFILE ca.pem"],
    ["ENODEV", "setsockopt ENODEV 1/25"],
    ["ECONNRESET", "read ECONNRESET"],
    ["WEBSOCKET_REFUSED", "The server answered the WebSocket upgrade with “408 Request Timeout”"],
    ["WEBSOCKET_REFUSED", "The server answered the WebSocket upgrade with “429 Too Many Requests”"],
    ["WEBSOCKET_REFUSED", "The server answered the WebSocket upgrade with “503 Busy” (connect, broker:443)"],
    ["WEBSOCKET_REFUSED", "The server answered the WebSocket upgrade with “302 Found” to “/4001”"],
  ])("%s %s is transient", (code, message) => {
    expect(severityOfAttempt(error(code, message), false)).toBe("transient");
    expect(severityOfAttempt(error(code, message), true)).toBe("transient");
  });

  test("a function that fails is permanent before the first connection, and transient afterwards", () => {
    expect(severityOfAttempt(error("OPTION_FAILED"), false)).toBe("permanent");
    expect(severityOfAttempt(error("OPTION_FAILED"), true)).toBe("transient");
  });

  test("all results of verifying a certificate are known, but those of a lack of memory and of a wrong call", () => {
    const source = readFileSync(new URL("../../../native/net/tls/openssl.cpp", import.meta.url), "utf8");
    const names = [...source.matchAll(/(?<!define )NAMED\((\w+)\)/g)].map(([, name = ""]) => name);
    expect(names.length).toBeGreaterThan(50);
    const others = ["OUT_OF_MEM", "INVALID_CALL", "STORE_LOOKUP"];
    expect(names.filter((name) => !VERIFICATION_CODES.has(name))).toEqual(others);
  });
});
