import type { AuthenticationOptions } from "../options/authentication.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { decodeAuth, encodeAuth } from "../packets/disconnect.ts";
import { MqttError, MqttReentrantError } from "../protocol/errors.ts";
import type { BinaryInput, ConnackProperties, ServerAuthProperties } from "../protocol/property-types.ts";
import { abortReason, onAbort, throwIfAborted } from "../util/abort.ts";
import { format } from "../util/check.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { startTimer } from "../util/duration.ts";
import { clearTimeout } from "../util/timers.ts";
import { Capabilities } from "./capabilities.ts";

/** The connection of an authentication. */
export interface AuthenticationLink {
  send(packet: Buffer): void;
  /** Ends the connection because the authentication failed on this side. */
  fail(error: MqttError, reasonCode: number): void;
  /** Ends the connection because the broker broke the protocol. */
  violate(what: string): void;
}

/** Reason codes of AUTH (MQTT 5, section 3.15.2.1). */
const CONTINUE = 0x18;
const RE_AUTHENTICATE = 0x19;
/** The reason code of DISCONNECT when this side of an authentication fails. No other code fits. */
const UNSPECIFIED_ERROR = 0x80;

/** The client side of enhanced authentication. It serves one connection after the other. */
export class Authentication {
  readonly #options: AuthenticationOptions;
  readonly #link: AuthenticationLink;
  /** The challenge that the handler is answering. A late answer finds another one here, or none. */
  #challenge: object | undefined;
  #renewal: Deferred<ServerAuthProperties> | undefined;
  /** The broker's capabilities; unknown while connecting. */
  #capabilities = new Capabilities(undefined);

  constructor(options: AuthenticationOptions, link: AuthenticationLink) {
    this.#options = options;
    this.#link = link;
  }

  /** The properties of CONNECT. */
  connectProperties(data: BinaryInput | undefined): {
    authenticationMethod: string;
    authenticationData?: BinaryInput;
  } {
    return this.#properties(data);
  }

  /** Returns whether a successful CONNACK names the method again, and ends the connection if not ([MQTT-4.12.0-5]). */
  checkConnack(properties: ConnackProperties | undefined): boolean {
    this.#challenge = undefined;
    this.#capabilities = new Capabilities(properties);
    return this.#checkMethod(properties?.authenticationMethod);
  }

  /** Processes an AUTH packet of the broker. */
  onPacket(packet: Buffer): void {
    const { reasonCode, properties } = decodeAuth(packet);
    if (!this.#checkMethod(properties.authenticationMethod)) return;
    if (reasonCode.value === CONTINUE) {
      if (this.#challenge === undefined) void this.#answer(properties);
      else this.#link.violate("The broker sent a challenge before the last one was answered");
      return;
    }
    this.#challenge = undefined;
    this.#renewal?.resolve(properties);
    this.#renewal = undefined;
  }

  /** Authenticates again on an open connection. Resolves to the properties of the broker's last AUTH. */
  async reauthenticate(
    data: BinaryInput | undefined,
    { timeout, signal }: CallLimits,
  ): Promise<ServerAuthProperties> {
    throwIfAborted(signal);
    if (this.#renewal !== undefined) throw new MqttReentrantError();
    const packet = this.#encode(RE_AUTHENTICATE, data);
    const renewal = deferred<ServerAuthProperties>();
    this.#renewal = renewal;
    this.#link.send(packet);
    // After an abandoned one, client and broker are in different states: the connection must end (section 4.12.1).
    const giveUp = (code: string, message: string) =>
      this.#link.fail(new MqttError(message, { code }), UNSPECIFIED_ERROR);
    const timer = startTimer(timeout, () => giveUp("TIMEOUT", "The re-authentication timed out"));
    const forget = signal && onAbort(signal, () => giveUp("ABORTED", "The re-authentication was given up"));
    try {
      return await renewal.promise;
    } catch (error) {
      throw signal?.aborted ? abortReason(signal) : error;
    } finally {
      clearTimeout(timer);
      forget?.();
    }
  }

  /** Rejects a running re-authentication and forgets the connection, which has ended. */
  end(error: MqttError): void {
    this.#challenge = undefined;
    this.#capabilities = new Capabilities(undefined);
    this.#renewal?.reject(error);
    this.#renewal = undefined;
  }

  async #answer(properties: ServerAuthProperties): Promise<void> {
    const challenge = {};
    this.#challenge = challenge;
    try {
      const data = await this.#options.onChallenge(
        properties.authenticationData ?? Buffer.alloc(0),
        properties,
      );
      if (this.#challenge !== challenge) return;
      this.#link.send(this.#encode(CONTINUE, data));
    } catch (cause) {
      if (this.#challenge !== challenge) return;
      const message = "The challenge of the broker was not answered";
      this.#link.fail(new MqttError(message, { code: "AUTHENTICATION_FAILED", cause }), UNSPECIFIED_ERROR);
    }
    this.#challenge = undefined;
  }

  #encode(reasonCode: number, data: BinaryInput | undefined): Buffer {
    const packet = encodeAuth(reasonCode, this.#properties(data));
    this.#capabilities.checkPacket(packet.byteLength);
    return packet;
  }

  #properties(data: BinaryInput | undefined): {
    authenticationMethod: string;
    authenticationData?: BinaryInput;
  } {
    const authenticationMethod = this.#options.method;
    return data === undefined ? { authenticationMethod } : { authenticationMethod, authenticationData: data };
  }

  /** Returns whether a packet names the method of this connection, and ends the connection if not ([MQTT-4.12.0-5]). */
  #checkMethod(method: string | undefined): boolean {
    const isOurs = method === this.#options.method;
    if (!isOurs)
      this.#link.violate(`The broker named the authentication method ${format(method)}, which is not ours`);
    return isOurs;
  }
}
