import { brand } from "../util/brand.ts";
import type { ReplyProperties } from "./property-types.ts";
import type { ReasonCode } from "./reason-code.ts";

/**
 * The stable codes of `MqttError`. Errors of the system keep Node's own codes (`ECONNREFUSED`, `ENOTFOUND`, `ENOENT`,
 * ...), and so do errors of TLS:
 *
 * - an untrusted certificate: `CERT_HAS_EXPIRED`, `SELF_SIGNED_CERT_IN_CHAIN`, `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`, ...
 * - a certificate for another host: `ERR_TLS_CERT_ALTNAME_INVALID`
 * - a key without its passphrase: `ERR_MISSING_PASSPHRASE`
 * - other errors of OpenSSL: `ERR_SSL_...`, `ERR_OSSL_...`
 *
 * The codes of this package:
 *
 * - `NOT_CONNECTED`: the call needs a connection and there is none.
 * - `TIMEOUT`: the call did not end within its timeout.
 * - `CONNECTION_LOST`: the connection ended other than by our own disconnect.
 * - `CONNECTION_REFUSED`: the broker refused by CONNACK, or on MQTT 5 by a DISCONNECT in its place.
 * - `REFUSED`: the broker answered another packet with a failing reason code, or had announced that it would.
 * - `QUEUE_FULL`: `maxQueuedOutgoingMessages` calls are queued.
 * - `PROTOCOL_ERROR`: the broker violated MQTT or WebSocket.
 * - `ABORTED`: `disconnect` aborted an attempt to connect, or the signal of a re-authentication ended the connection.
 * - `EXPIRED`: the `messageExpiryInterval` of a message ended while it waited for a connection.
 * - `SESSION_LOST`: the broker has lost the session of a publish of QoS 2, and may have received the message.
 * - `OPTION_FAILED`: a function that is an option, such as `password`, failed. Its error is the `cause`.
 * - `NO_RESPONDER`: nobody has subscribed to the topic of a request.
 * - `RESPONSE_ERROR`: the responder answered a request with an error.
 * - `PAHO_ERROR`: Paho refused a call that had passed the client's checks, which is a defect of this package.
 * - `AUTHENTICATION_FAILED`: the client's side of an enhanced authentication failed; see `cause`.
 * - `REENTRANT`: connect was called while connected, connecting or disconnecting, or reauthenticate during another one.
 * - `PROXY_REFUSED`: the proxy did not connect to the broker.
 * - `PROXY_AUTHENTICATION_FAILED`: the proxy requires a user name and a password, or rejected them.
 * - `PROXY_PROTOCOL_ERROR`: the proxy's answer does not follow its protocol.
 * - `WEBSOCKET_REFUSED`: the server answered the WebSocket upgrade with an HTTP status other than 101.
 * - `WEBSOCKET_PROTOCOL_ERROR`: the server's answer is no valid WebSocket upgrade.
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
  | "EXPIRED"
  | "SESSION_LOST"
  | "OPTION_FAILED"
  | "NO_RESPONDER"
  | "RESPONSE_ERROR"
  | "PAHO_ERROR"
  | "AUTHENTICATION_FAILED"
  | "REENTRANT"
  | "PROXY_REFUSED"
  | "PROXY_AUTHENTICATION_FAILED"
  | "PROXY_PROTOCOL_ERROR"
  | "WEBSOCKET_REFUSED"
  | "WEBSOCKET_PROTOCOL_ERROR"
  | (string & Record<never, never>);

/** The members of an `MqttError` besides its message. */
export interface MqttErrorOptions extends ErrorOptions {
  /** The stable code. */
  code: MqttErrorCode;
  /** Whether the packet of the call may have reached the broker. Default: undefined. */
  sent?: boolean | undefined;
  /** The context, such as a call and a broker, which ends the message in parentheses. Default: none. */
  context?: string | undefined;
}

/**
 * An error between the client and the broker, as in aiomqtt. An invalid argument is a `TypeError` or a `RangeError`
 * instead.
 */
export class MqttError extends Error {
  static {
    MqttError.prototype.name = "MqttError";
    brand(MqttError, "MqttError");
  }

  /** Identifies the kind of error. Stable between versions, unlike messages. */
  readonly code: MqttErrorCode;
  /**
   * Whether a failed publish, subscribe or unsubscribe may have reached the broker. False means that none of its bytes
   * was or will be written. Undefined for other errors.
   */
  declare readonly sent: boolean | undefined;

  constructor(message: string, { code, cause, sent, context }: MqttErrorOptions) {
    super(context === undefined ? message : `${message} (${context})`, cause === undefined ? {} : { cause });
    this.code = code;
    if (sent !== undefined) this.sent = sent;
  }
}

/** The members of an `MqttCodeError` besides its reason code. */
export interface MqttCodeErrorOptions extends Omit<MqttErrorOptions, "code"> {
  /** The stable code. Default: `REFUSED`, or `CONNECTION_REFUSED` of a refused connection. */
  code?: MqttErrorCode | undefined;
  /** The properties of the packet with the reason code. */
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
 * The broker refused the connection by a CONNACK with a failing reason code (MQTT 5, section 3.2.2.2). On MQTT 5 it may
 * also refuse by a DISCONNECT.
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
 * A call that excludes itself was made a second time. It is connect while connected, connecting or disconnecting, as in
 * aiomqtt, or reauthenticate during another one.
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

/** Internal: returns the same error with a context, and with a stack of its own. */
export function inContext(error: MqttError, context: string, sent?: boolean): MqttError {
  const { code, cause } = error;
  const options = { code, cause, sent, context };
  if (error instanceof MqttReentrantError) return new MqttReentrantError(context);
  if (!(error instanceof MqttCodeError)) return new MqttError(error.message, options);
  const { reasonCode, reasonCodes, properties } = error;
  const Class = error instanceof MqttConnectError ? MqttConnectError : MqttCodeError;
  return new Class(reasonCode, { ...options, reasonCodes, properties });
}

/** Internal: the same error with another cause. */
export function withCause(error: MqttError, cause: unknown): MqttError {
  const { code, message, sent } = error;
  if (!(error instanceof MqttCodeError)) return new MqttError(message, { code, cause, sent });
  const { reasonCode, reasonCodes, properties } = error;
  const Class = error instanceof MqttConnectError ? MqttConnectError : MqttCodeError;
  return new Class(reasonCode, { code, cause, sent, reasonCodes, properties });
}

function describe(reasonCode: ReasonCode, properties: ReplyProperties | undefined): string {
  const text = `[code:${reasonCode.value}] ${reasonCode.name}`;
  return properties?.reasonString ? `${text}: ${properties.reasonString}` : text;
}
