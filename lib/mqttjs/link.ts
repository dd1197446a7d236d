import { Connection } from "../connection/connection.ts";
import type { ConnectionInfo } from "../connection/reports.ts";
import type { Message } from "../incoming/message.ts";
import type { CloseReason, Completion } from "../native/event-batch.ts";
import type { Settings } from "../options/settings.ts";
import type { MqttError } from "../protocol/errors.ts";
import { fixedParts } from "../session/attempt-parts.ts";

/** The end of a connection or of an attempt. */
export interface LinkEnd {
  readonly error: MqttError;
  /** The report of the native session; undefined if an option was invalid. */
  readonly reason: CloseReason | undefined;
}

/** Receives the events of a client's connections. */
export interface LinkListener {
  onConnected(info: ConnectionInfo, packet: Buffer): void;
  /** An attempt has failed. */
  onFailed(end: LinkEnd): void;
  /** A connection has ended. Undefined: by our own disconnect. */
  onLost(end: LinkEnd | undefined): void;
  onMessage(message: Message): void;
  onDeferredMessage(message: Message, connection: number, isRepeated: boolean): void;
  onCompleted(token: number, completion: Completion): void;
  onDeviation(what: string): void;
  /** A PUBREL has arrived on the connection with this number. */
  onReleased(identifier: number, connection: number): void;
}

/** The connections of one client of MQTT.js's interface, one after the other. */
export class Link extends Connection {
  readonly #settings: Settings;
  #connack: Buffer = Buffer.alloc(0);
  readonly #onReleased: LinkListener["onReleased"];
  #reason: CloseReason | undefined;

  constructor(settings: Settings, listener: LinkListener) {
    super(settings, {
      onConnected: (info) => listener.onConnected(info, this.#connack),
      onConnectFailed: (error) => listener.onFailed({ error, reason: this.#reason }),
      onEnd: (error) => listener.onLost(error && { error, reason: this.#reason }),
      onMessage: (message) => listener.onMessage(message),
      onDeferredMessage: (...message) => listener.onDeferredMessage(...message),
      onCompleted: (token, completion) => listener.onCompleted(token, completion),
      onDeviation: (what) => listener.onDeviation(what),
    });
    this.#settings = settings;
    this.#onReleased = (...release) => listener.onReleased(...release);
    // Outgoing calls outlive connections, so the session must be there before the first one.
    this.queuesCalls = true;
  }

  /** Begins an attempt with these settings. Its end is an event. `timeout`: seconds. */
  open(settings: Settings, timeout: number): void {
    Object.assign(this.#settings, settings);
    const [broker] = settings.addresses;
    this.broker = broker.target.name;
    const parts = fixedParts(settings, broker);
    if (parts === undefined) throw new TypeError("Options must not be functions");
    const { tls } = parts.target;
    // The program may change its certificates between attempts.
    const target = tls === undefined ? parts.target : { ...parts.target, tls: { ...tls, reload: true } };
    const options = { parts: { ...parts, target }, newSession: false, repeatsOneByOne: false, timeout };
    this.connect(options).catch(() => {}); // `onFailed` has the error
  }

  override onConnected(packet: Buffer): void {
    this.#connack = packet;
    super.onConnected(packet);
  }

  override onReleased(identifier: number, connection: number): void {
    this.#onReleased(identifier, connection);
  }

  override onConnectFailed(reason: CloseReason): void {
    this.#reason = reason;
    super.onConnectFailed(reason);
  }

  override onClosed(reason: CloseReason | undefined): void {
    this.#reason = reason;
    super.onClosed(reason);
  }
}
