import { getSystemErrorMap } from "node:util";
import { MqttCodeError, MqttConnectError, type MqttError } from "mqtt-native";

/** The exit codes of failures: the error codes of libmosquitto, and of a refused connection the broker's code. */
export const EXIT = {
  failure: 1,
  lost: 7,
  tls: 8,
  unauthorized: 11,
  proxy: 16,
  tooLarge: 25,
  timeout: 27,
} as const;

/** A failure as the person at the terminal sees it. */
export interface Report {
  readonly message: string;
  readonly exitCode: number;
}

/** The return codes of MQTT 3.1.1 (table 3.1), by the reason codes that the client shows for them. */
const RETURN_CODES = new Map([
  [0x84, [1, "unacceptable protocol version."]],
  [0x85, [2, "identifier rejected."]],
  [0x88, [3, "broker unavailable."]],
  [0x86, [4, "bad user name or password."]],
  [0x87, [5, "not authorised."]],
] as const);

/** Returns the report of an attempt to connect that failed, with the words and codes of mosquitto's clients. */
export function connectFailure(error: unknown, version: string, address: string): Report {
  if (error instanceof MqttConnectError) return refusal(error, version);
  const code = readCode(error);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return { message: `Unable to connect (Lookup error.). (${address})`, exitCode: EXIT.failure };
  }
  if (code === "PROXY_AUTHENTICATION_FAILED")
    return failed("Authorisation failed.", EXIT.unauthorized, error);
  if (code.startsWith("PROXY_")) return failed("Proxy error.", EXIT.proxy, error);
  if (code === "CONNECTION_LOST" || code === "ECONNRESET") {
    return failed("The connection was lost.", EXIT.lost, error);
  }
  const system = systemText(code);
  if (system !== undefined) return { message: `Error: ${system} (${address})`, exitCode: EXIT.failure };
  if (isTls(code)) return failed("A TLS error occurred.", EXIT.tls, error);
  return { message: `Error: ${formatError(error)}`, exitCode: EXIT.failure };
}

/** Returns the report of a connection that ended. */
export function lossFailure(error: unknown): Report {
  return failed("The connection was lost.", EXIT.lost, error);
}

function refusal({ reasonCode, message }: MqttConnectError, version: string): Report {
  if (version === "5") {
    const advice =
      reasonCode.value === 0x84 ? ". Try connecting to an MQTT v5 broker, or use MQTT v3.x mode." : "";
    return { message: `Connection error: ${reasonCode.name}${advice}`, exitCode: reasonCode.value };
  }
  const [exitCode, text] = RETURN_CODES.get(reasonCode.value as 0x84) ?? [EXIT.failure, message];
  return { message: `Connection error: Connection Refused: ${text}`, exitCode };
}

const failed = (message: string, exitCode: number, error: unknown): Report => ({
  message: `Error: ${message} (${formatError(error)})`,
  exitCode,
});

/** Returns the text of an error, with the reason of a reason code. */
export const formatError = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

export const readCode = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";

/** Returns the text of an error of the system, as strerror(3) writes it; undefined for other errors. */
function systemText(code: string): string | undefined {
  for (const [name, text] of getSystemErrorMap().values()) {
    if (name === code) return text.charAt(0).toUpperCase() + text.slice(1);
  }
  return undefined;
}

/** Returns whether a code is one of Node's codes for TLS and certificates. */
const isTls = (code: string): boolean =>
  /^(?:ERR_(?:TLS|SSL|OSSL)|UNABLE_TO|INVALID_|PATH_LENGTH|CRL)|CERT|HOSTNAME/.test(code);

/** Returns the reason that a broker gave for refusing a call; undefined for other errors. */
export function toRefusal(error: MqttError | unknown): MqttCodeError | undefined {
  return error instanceof MqttCodeError && !(error instanceof MqttConnectError) ? error : undefined;
}
