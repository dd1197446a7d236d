import { brand } from "../util/brand.ts";
import type { ReplyProperties } from "./property-types.ts";
import type { ReasonCode } from "./reason-code.ts";

/**
 * The stable codes of `MqttError`. Besides these, errors of the system keep Node's own codes (`ECONNREFUSED`, `ENOTFOUND`,
 * `ENOENT`, ...), and so do those of TLS: certificates that are not to be trusted (`CERT_HAS_EXPIRED`,
 * `SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, ...), a certificate for somebody else
 * (`ERR_TLS_CERT_ALTNAME_INVALID`), a key without its passphrase (`ERR_MISSING_PASSPHRASE`), and whatever else OpenSSL
 * reports (`ERR_SSL_...`, `ERR_OSSL_...`).
 *
 * - `NOT_CONNECTED`: the call needs a connection and there is none.
 * - `TIMEOUT`: the call did not end within its timeout.
 * - `CONNECTION_LOST`: the connection ended other than by our own disconnect.
 * - `CONNECTION_REFUSED`: the broker's CONNACK says no, or on MQTT 5 a DISCONNECT in its place.
 * - `REFUSED`: the broker answered anything else with a failing reason code, or its CONNACK said that it would.
 * - `QUEUE_FULL`: `maxQueuedOutgoingMessages` are waiting.
 * - `PROTOCOL_ERROR`: the broker sent what MQTT, or WebSocket, does not allow.
 * - `ABORTED`: an attempt to connect was given up, by disconnecting; or a re-authentication by its signal, which ends the
 *   connection.
 * - `PAHO_ERROR`: Paho refused a call that had passed our checks; a defect of ours.
 * - `AUTHENTICATION_FAILED`: our side of an enhanced authentication failed; see `cause`.
 * - `REENTRANT`: connect was called while connected, connecting or disconnecting, or reauthenticate while another one is
 *   under way.
 * - `PROXY_REFUSED`: the proxy would not, or could not, connect to the broker.
 * - `PROXY_AUTHENTICATION_FAILED`: the proxy wants a user name and a password, or other ones.
 * - `PROXY_PROTOCOL_ERROR`: the proxy's answer is not of the protocol that it is said to speak.
 * - `WEBSOCKET_REFUSED`: the server answered the request for WebSocket with an HTTP status other than 101.
 * - `WEBSOCKET_PROTOCOL_ERROR`: its answer is none to a request for WebSocket.
 */
export type MqttErrorCode =
  | "NOT_CONNECTED"
  | "TIMEOUT"
  | "CONNECTION_LOST"
  | "CONNECTION_REFUSED"
  | "REFUSED"
  | "QUEUE_FULL"
  | "PROTOCOL_ERROR"
  | "ABORTED"
  | "PAHO_ERROR"
  | "AUTHENTICATION_FAILED"
  | "REENTRANT"
  | "PROXY_REFUSED"
  | "PROXY_AUTHENTICATION_FAILED"
  | "PROXY_PROTOCOL_ERROR"
  | "WEBSOCKET_REFUSED"
  | "WEBSOCKET_PROTOCOL_ERROR"
  | (string & Record<never, never>);

/** What goes with the message of an `MqttError`. */
export interface MqttErrorOptions extends ErrorOptions {
  /** The stable code. */
  code: MqttErrorCode;
  /** Whether the packet of the call may have reached the broker. Default: undefined. */
  sent?: boolean | undefined;
  /** What the error is about, such as a call and a broker: the end of the message, in parentheses. Default: nothing. */
  context?: string | undefined;
}

/**
 * Anything that goes wrong between the client and the broker, as in aiomqtt. A wrong argument is none of these, but a
 * `TypeError` or a `RangeError`.
 */
export class MqttError extends Error {
  static {
    MqttError.prototype.name = "MqttError";
    brand(MqttError, "MqttError");
  }

  /** Tells errors apart. Does not change between versions, as messages may. */
  readonly code: MqttErrorCode;
  /**
   * Of a publish, subscribe or unsubscribe that failed: false when nothing of it was written, or ever will be; true when it
   * may have reached the broker. Otherwise undefined.
   */
  declare readonly sent: boolean | undefined;

  constructor(message: string, { code, cause, sent, context }: MqttErrorOptions) {
    super(context === undefined ? message : `${message} (${context})`, cause === undefined ? {} : { cause });
    this.code = code;
    if (sent !== undefined) this.sent = sent;
  }
}

/** What goes with the reason code of an `MqttCodeError`. */
export interface MqttCodeErrorOptions extends Omit<MqttErrorOptions, "code"> {
  /** The stable code. Default: `REFUSED`, or `CONNECTION_REFUSED` of a refused connection. */
  code?: MqttErrorCode | undefined;
  /** The properties of the packet that carried the reason code. */
  properties?: ReplyProperties | undefined;
  /** All reason codes of that packet, when it has several. */
  reasonCodes?: readonly ReasonCode[] | undefined;
}

/** The broker answered with a failing reason code. The message is as in aiomqtt: `[code:135] Not authorized`. */
export class MqttCodeError extends MqttError {
  static {
    MqttCodeError.prototype.name = "MqttCodeError";
    brand(MqttCodeError, "MqttCodeError");
  }

  /** The (first) failing reason code. */
  readonly reasonCode: ReasonCode;
  /** All reason codes of the answer, in the order of the request: a SUBACK or UNSUBACK has one for each filter. */
  readonly reasonCodes: readonly ReasonCode[];
  /** The properties of the answer (MQTT 5). Its reason string is also part of the message. */
  readonly properties: ReplyProperties | undefined;

  constructor(reasonCode: ReasonCode, options: MqttCodeErrorOptions = {}) {
    super(describe(reasonCode, options.properties), { ...options, code: options.code ?? "REFUSED" });
    this.reasonCode = reasonCode;
    this.reasonCodes = options.reasonCodes ?? [reasonCode];
    this.properties = options.properties;
  }
}

/**
 * The broker refused the connection: its CONNACK has a failing reason code (MQTT 5, section 3.2.2.2), or on MQTT 5 it has sent
 * DISCONNECT in place of CONNACK.
 */
export class MqttConnectError extends MqttCodeError {
  static {
    MqttConnectError.prototype.name = "MqttConnectError";
    brand(MqttConnectError, "MqttConnectError");
  }

  constructor(reasonCode: ReasonCode, options: MqttCodeErrorOptions = {}) {
    super(reasonCode, { ...options, code: options.code ?? "CONNECTION_REFUSED" });
  }
}

/**
 * What can go on once at a time was begun a second time: connect while connected, connecting or disconnecting, as in aiomqtt,
 * or reauthenticate while another one is under way.
 */
export class MqttReentrantError extends MqttError {
  static {
    MqttReentrantError.prototype.name = "MqttReentrantError";
    brand(MqttReentrantError, "MqttReentrantError");
  }

  /** `context`: as in `MqttErrorOptions`. */
  constructor(context?: string) {
    super("The client is reusable, but not reentrant", { code: "REENTRANT", context });
  }
}

/** Internal: the same error, and what it is about. It has a stack of its own. */
export function inContext(error: MqttError, context: string, sent?: boolean): MqttError {
  const { code, cause } = error;
  const options = { code, cause, sent, context };
  if (error instanceof MqttReentrantError) return new MqttReentrantError(context);
  if (!(error instanceof MqttCodeError)) return new MqttError(error.message, options);
  const { reasonCode, reasonCodes, properties } = error;
  const Class = error instanceof MqttConnectError ? MqttConnectError : MqttCodeError;
  return new Class(reasonCode, { ...options, reasonCodes, properties });
}

function describe(reasonCode: ReasonCode, properties: ReplyProperties | undefined): string {
  const text = `[code:${reasonCode.value}] ${reasonCode.name}`;
  return properties?.reasonString ? `${text}: ${properties.reasonString}` : text;
}
