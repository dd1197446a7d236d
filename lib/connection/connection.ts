import type { Message } from "../incoming/message.ts";
import type { NativeSession } from "../native/binding.ts";
import type { CloseReason, Completion, Receiver } from "../native/event-batch.ts";
import { hub } from "../native/event-dispatcher.ts";
import type { Settings } from "../options/settings.ts";
import type { CallLimits } from "../options/time-limit.ts";
import { decodeConnack } from "../packets/reply.ts";
import { inContext, MqttError, MqttReentrantError } from "../protocol/errors.ts";
import type { BinaryInput, ServerAuthProperties } from "../protocol/property-types.ts";
import { ProtocolVersion } from "../protocol/protocol-version.ts";
import { isTopicName } from "../protocol/topic.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { Log, type Logger } from "../util/logger.ts";
import { toMessage } from "../util/thrown.ts";
import { Authentication } from "./authentication.ts";
import { Capabilities } from "./capabilities.ts";
import { connectError, lossError, toMqttError } from "./close-reasons.ts";
import { type AttemptParts, connectRequest } from "./connect-request.ts";
import type { ConnectionInfo, ConnectionListener } from "./reports.ts";
import { SessionHandle } from "./session-handle.ts";

type State = "idle" | "connecting" | "connected" | "disconnecting";

const PROTOCOL_ERROR = 0x82;

/** The arguments of one attempt to connect. */
export interface ConnectOptions {
  parts: AttemptParts;
  /** Whether it begins a new session, whatever the options of the client say. */
  newSession: boolean;
  /** Whether publishes of the last connection are repeated one at a time. */
  repeatsOneByOne: boolean;
  /** Seconds. */
  timeout: number;
}

/**
 * The connections of one client, one after the other. No other class knows whether there is one. The native session is
 * made by the first connect.
 */
export class Connection implements Receiver {
  /** The native session. */
  readonly handle: SessionHandle;
  readonly #settings: Settings;
  readonly #listener: ConnectionListener;
  #state: State = "idle";
  #attempt: Deferred<void> | undefined;
  #ended: Deferred<MqttError | undefined> = deferred();
  #hasEnded = false;
  #queuesCalls = false;
  /** The broker's name in errors and log lines. */
  #broker: string;
  #clean = true;
  #info: ConnectionInfo | undefined;
  #capabilities = new Capabilities(undefined);
  readonly #authentication: Authentication | undefined;
  /** The error that this side ends the connection with, if that has a cause of its own. */
  #failure: MqttError | undefined;
  #connects = 0;
  /** The logger that receives the packet trace while the connection is open. */
  #traced: Logger | undefined;
  /** The configured client identifier, or the one that the broker assigned. */
  #identifier: string;

  constructor(settings: Settings, listener: ConnectionListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.handle = new SessionHandle(settings);
    this.#identifier = settings.identifier;
    this.#broker = settings.addresses[0].target.name;
    this.#authentication =
      settings.authentication &&
      new Authentication(settings.authentication, {
        send: (packet) => this.handle.session?.authenticate(packet),
        fail: (error, reasonCode) => this.#fail(error, reasonCode),
        violate: (what) => this.violate(what),
      });
  }

  get state(): State {
    return this.#state;
  }

  get identifier(): string {
    return this.#identifier;
  }

  get info(): ConnectionInfo | undefined {
    return this.#info;
  }

  /** The capabilities that the broker announced in its last CONNACK. */
  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  /** The number of connections made so far. */
  get connects(): number {
    return this.#connects;
  }

  /** Resolves when the current connection ends. Between two connections it holds the last result. */
  get ended(): Promise<MqttError | undefined> {
    return this.#ended.promise;
  }

  /** Returns the session for a call. Without a connection it throws, unless calls may wait. */
  sessionFor(mayWait: boolean): NativeSession {
    const { session } = this.handle;
    if (session !== undefined && (this.#state === "connected" || (mayWait && this.#queuesCalls)))
      return session;
    throw this.notConnected();
  }

  /** Whether calls may wait for a connection that is being made. */
  set queuesCalls(queuesCalls: boolean) {
    if (queuesCalls) this.handle.create();
    this.#queuesCalls = queuesCalls;
  }

  /** The broker and the client identifier, as log lines show them. */
  get place(): string {
    return `${this.broker}${this.#identifier && ` as ${this.#identifier}`}`;
  }

  /** The prefix of topics for responses to this client (MQTT 5, section 4.10.1). */
  get responsePrefix(): string {
    const { responseInformation } = this.#info?.properties ?? {};
    if (responseInformation && isTopicName(responseInformation)) return responseInformation;
    return `response/${this.#identifier.replaceAll(/[+#\0]/g, "_")}`;
  }

  notConnected(): MqttError {
    return new MqttError("The client is not connected", { code: "NOT_CONNECTED" });
  }

  /** The broker's name in errors and log lines: that of the address in use. */
  get broker(): string {
    return this.#broker;
  }

  set broker(name: string) {
    this.#broker = name;
  }

  /** Makes one attempt to connect. */
  async connect(options: ConnectOptions): Promise<void> {
    const { parts, newSession, repeatsOneByOne, timeout } = options;
    if (this.#state !== "idle") throw new MqttReentrantError(`connect, ${this.#broker}, ${this.#state}`);
    const clean = newSession || this.#startsClean();
    const request = connectRequest(this.#settings, {
      ...parts,
      identifier: this.#identifier,
      clean,
      authentication: this.#authentication?.connectProperties(parts.authenticationData),
      repeatsOneByOne,
      timeout,
    });
    this.#clean = clean;
    const attempt = deferred<void>();
    this.#beginTrace();
    this.handle.connect(request, this);
    this.#state = "connecting";
    this.#attempt = attempt;
    await attempt.promise;
  }

  /** Refuses further calls. `finish` then ends the connection. */
  beginDisconnect(): void {
    this.#state = "disconnecting";
  }

  /** Sends DISCONNECT and waits until the connection has ended. */
  async finish(packet: Uint8Array): Promise<void> {
    if (this.#state !== "disconnecting") return; // lost meanwhile
    this.handle.session?.disconnect(packet);
    await this.ended;
  }

  /** Aborts an attempt to connect, or a connection. DISCONNECT is sent only with a reason code other than 0. */
  abort(code: string, text: string, reasonCode = 0): void {
    if (this.#state !== "idle") this.handle.session?.abort(code, text, reasonCode);
  }

  /** Ends the connection because the broker broke the protocol (MQTT 5, section 4.13). */
  violate(what: string): void {
    this.abort("PROTOCOL_ERROR", what, PROTOCOL_ERROR);
  }

  /** Authenticates again on the open connection (MQTT 5, section 4.12.1). */
  async reauthenticate(data: BinaryInput | undefined, limits: CallLimits): Promise<ServerAuthProperties> {
    if (this.#authentication === undefined)
      throw new TypeError("reauthenticate needs the option authentication");
    try {
      if (this.#state !== "connected") throw this.notConnected();
      return await this.#authentication.reauthenticate(data, limits);
    } catch (error) {
      if (!(error instanceof MqttError) || limits.signal?.aborted) throw error;
      throw inContext(error, this.#errorContext("reauthenticate", error, limits.timeout));
    }
  }

  /** Returns the description of a call for the message of its error. */
  #errorContext(call: string, { code }: MqttError, timeout: number): string {
    const limit = code === "TIMEOUT" ? `, limit ${timeout} s` : "";
    return `${call}, ${this.#broker}${limit}`;
  }

  #startsClean(): boolean {
    const { clean } = this.#settings;
    return clean === "first-only" ? this.#info === undefined : clean;
  }

  // ---- events of the native session ----

  onConnected(packet: Buffer): void {
    const info = this.#read(() => decodeConnack(packet, this.#settings.protocol));
    if (info === undefined || !this.#isAgreed(info)) return;
    this.#info = info;
    this.#capabilities = new Capabilities(info.properties);
    this.#identifier = info.properties?.assignedClientIdentifier ?? this.#identifier;
    this.#state = "connected";
    this.#connects++;
    if (this.#hasEnded) this.#ended = deferred();
    this.#hasEnded = false;
    this.#listener.onConnected(info);
    this.#attempt?.resolve();
    this.#attempt = undefined;
  }

  onAuthentication(packet: Buffer): void {
    this.#read(() => this.#authentication?.onPacket(packet));
  }

  onConnectFailed(ending: CloseReason): void {
    this.#failAttempt(
      this.#abortErrorFor(ending) ?? toMqttError(ending, () => connectError(ending, this.#settings)),
    );
  }

  onMessage(message: Message): void {
    this.#listener.onMessage(message);
  }

  onDeferredMessage(message: Message, connection: number, isRepeated: boolean): void {
    this.#listener.onDeferredMessage(message, connection, isRepeated);
  }

  onCompleted(token: number, completion: Completion): void {
    this.#listener.onCompleted(token, completion);
  }

  onDeviation(what: string): void {
    this.#listener.onDeviation(what);
  }

  onReleased(_identifier: number, _connection: number): void {}

  onClosed(ending: CloseReason | undefined): void {
    const error = ending && (this.#abortErrorFor(ending) ?? toMqttError(ending, () => lossError(ending)));
    if (this.#attempt === undefined) this.#end(error);
    else this.#failAttempt(error ?? this.notConnected()); // its CONNACK could not be decoded
  }

  onMalformed(what: string): void {
    this.violate(`The broker sent ${what}`);
  }

  /** Returns whether a CONNACK agrees with the CONNECT, and ends the connection if not. */
  #isAgreed({ sessionPresent, properties }: ConnectionInfo): boolean {
    const { protocol, toleratesSessionPresent = false } = this.#settings;
    if (this.#clean && sessionPresent && !toleratesSessionPresent)
      this.violate("The broker resumed a session although a new one was wanted");
    else if (this.#authentication !== undefined) return this.#authentication.checkConnack(properties);
    else if (protocol === ProtocolVersion.V5 && properties?.authenticationMethod !== undefined)
      this.violate("The broker named an authentication method unasked");
    else return true;
    return false;
  }

  #fail(error: MqttError, reasonCode: number): void {
    this.#failure = error;
    this.abort(error.code, error.message, reasonCode);
  }

  /** Returns the error that this side ended the connection with; undefined if something else ended it. */
  #abortErrorFor({ code, text }: CloseReason): MqttError | undefined {
    const failure = this.#failure;
    return failure?.code === code && failure.message === text ? failure : undefined;
  }

  #failAttempt(error: MqttError): void {
    this.#reset(error);
    this.#listener.onConnectFailed(error);
    this.#attempt?.reject(error);
    this.#attempt = undefined;
  }

  #end(error: MqttError | undefined): void {
    // A connection that is lost during disconnect has ended as requested.
    const reason = this.#state === "disconnecting" ? undefined : error;
    this.#reset(reason ?? this.notConnected());
    this.#listener.onEnd(reason);
    this.#hasEnded = true;
    this.#ended.resolve(reason);
  }

  #reset(error: MqttError): void {
    this.#state = "idle";
    this.#capabilities = new Capabilities(undefined);
    this.#failure = undefined;
    this.#authentication?.end(error);
    this.handle.close();
    if (this.#traced !== undefined) hub.tracing.remove(this.#traced);
    this.#traced = undefined;
  }

  #beginTrace(): void {
    const { logger } = this.#settings;
    if (logger === undefined || !new Log(logger).wantsTrace) return;
    this.#traced = logger;
    hub.tracing.add(logger);
  }

  /** Decodes a packet. A malformed one ends the connection. */
  #read<T>(decode: () => T): T | undefined {
    try {
      return decode();
    } catch (error) {
      this.violate(toMessage(error));
      return undefined;
    }
  }
}
