import type { ConnectionInfo } from "../connection/reports.ts";
import { encodeDisconnect } from "../packets/disconnect.ts";
import { MqttCodeError, MqttConnectError } from "../protocol/errors.ts";
import { clearTimeout, setTimeout } from "../util/timers.ts";
import { Attempts } from "./attempts.ts";
import type { Core } from "./core.ts";
import { emitSafely } from "./emit.ts";
import { KeepaliveManager } from "./keepalive-manager.ts";
import type { LinkEnd, LinkListener } from "./link.ts";
import type { IPublishPacket, ISubscribePacket } from "./packets.ts";
import type { Publishing } from "./publishing.ts";
import { ReasonCodes } from "./reason-codes.ts";
import { toConnackPacket, toDisconnectPacket } from "./received-packets.ts";
import { Replay } from "./replay.ts";
import { ErrorWithReasonCode } from "./shared.ts";
import { ConnectionStream } from "./stream.ts";
import type { Subscribing } from "./subscribing.ts";

const DISCONNECT = 14;
const CONNACK = 0x20;
const SHORT_CONNACK = 4;
const KEEPALIVE_TIMEOUT = 0x8d;
/** Milliseconds that an attempt may take after the end of its client. */
const GIVE_UP_TIME = 1000;
/** Codes of ends by this side, after which `offline` comes before `error`. */
const OURS = new Set(["TIMEOUT", "PROTOCOL_ERROR"]);
/** Codes of this package for ends that MQTT.js does not report as errors. */
const SILENT = new Set(["CONNECTION_LOST", "ABORTED", "NOT_CONNECTED", "CONNECTION_REFUSED"]);

/** Receives the events of connections that the lifecycle does not handle itself. */
export interface LifecycleEvents extends Omit<LinkListener, "onConnected" | "onFailed" | "onLost"> {
  /** A connection has been made. */
  onConnection(): void;
}

/** Makes the connections of one client, and emits their events in MQTT.js's order. */
export class Lifecycle {
  readonly #core: Core;
  readonly #publishing: Publishing;
  readonly #subscribing: Subscribing;
  readonly #attempts: Attempts;
  readonly #onConnection: () => void;
  #phase: "idle" | "connecting" | "connected" = "idle";
  #timer: NodeJS.Timeout | undefined;
  #replay: Replay | undefined;
  #isFirst = true;
  /** The broker has refused the connection, and `reconnectOnConnackError` is off. */
  #isRefused = false;
  /** The callbacks for the time when there is no connection and no attempt. */
  #onIdle: (() => void)[] = [];
  /** Whether events of the attempt are suppressed, because the client has ended. */
  #isAbandoned = false;
  #abortTimer: NodeJS.Timeout | undefined;

  constructor(core: Core, publishing: Publishing, subscribing: Subscribing, events: LifecycleEvents) {
    this.#onConnection = () => events.onConnection();
    this.#core = core;
    this.#publishing = publishing;
    this.#subscribing = subscribing;
    this.#attempts = new Attempts(core, {
      ...events,
      onConnected: (info, packet) => this.#onConnected(info, packet),
      onFailed: (end) => this.#onEnd(end),
      onLost: (end) => this.#onEnd(end),
    });
  }

  /** Whether an attempt is under way. */
  get isConnecting(): boolean {
    return this.#phase === "connecting" && !this.#isAbandoned;
  }

  /** Connects. A connection or an attempt that is there ends before. */
  connect(): void {
    const { client } = this.#core;
    this.stopTimer();
    this.#isRefused = false;
    if (client.disconnected && !client.reconnecting) {
      this.#core.chooseStores();
      client.disconnecting = false;
      client.disconnected = false;
    }
    if (this.#phase === "idle") {
      this.#begin();
      return;
    }
    this.abandon();
    this.whenIdle(() => {
      if (this.#phase === "idle" && !client.disconnecting) this.#begin();
    });
  }

  /** Ends a connection or an attempt without DISCONNECT. An attempt has no further events. */
  abandon(): void {
    if (this.#phase === "connecting") this.#isAbandoned = true;
    if (this.#attempts.cancel()) this.#onEnd(undefined);
    else this.#core.link?.abort("ABORTED", "The client has ended");
  }

  /**
   * Gives an attempt up. A connection that is made nevertheless ends with DISCONNECT, so that the broker sees no
   * failure.
   */
  giveUp(): void {
    if (this.#phase !== "connecting") return;
    this.#isAbandoned = true;
    if (this.#attempts.cancel()) {
      this.#onEnd(undefined);
      return;
    }
    this.#abortTimer = setTimeout(() => this.abandon(), GIVE_UP_TIME);
  }

  /** Calls back when there is no connection and no attempt. */
  whenIdle(callback: () => void): void {
    if (this.#phase === "idle") callback();
    else this.#onIdle.push(callback);
  }

  /** A message of QoS 1 or 2 has been acknowledged, or has failed. */
  onSettled(messageId: number): void {
    this.#replay?.onSettled(messageId);
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Makes an attempt, and tells of it. */
  reconnect(): void {
    const { client } = this.#core;
    emitSafely(client, "reconnect");
    if (client.connected) client.end(() => this.connect());
    else this.connect();
  }

  #begin(): void {
    const { client } = this.#core;
    const { authenticationMethod, authenticationData } = client.options.properties ?? {};
    if (!authenticationMethod && authenticationData) {
      client.end(() => emitSafely(client, "error", new Error("Packet has no Authentication Method")));
      return;
    }
    this.#phase = "connecting";
    this.#isAbandoned = false;
    this.#core.isAborted = false;
    try {
      this.#attempts.begin();
    } catch (error) {
      this.#phase = "idle";
      throw error;
    }
  }

  #onConnected(info: ConnectionInfo, packet: Buffer): void {
    const core = this.#core;
    const { client } = core;
    if (this.#isAbandoned) {
      core.link?.beginDisconnect();
      void core.link?.finish(encodeDisconnect());
      return;
    }
    this.#phase = "connected";
    const connack = toConnackPacket(info, packet, core.isV5);
    core.serverProperties = connack.properties;
    core.aliases.reset(connack.properties?.topicAliasMaximum ?? 0);
    this.#onConnection();
    core.tellReceived(() => connack);
    client.reconnecting = false;
    client.connected = true;
    client.keepaliveManager = client.keepalive > 0 ? new KeepaliveManager(client) : null;
    core.outgoing.registerIds();
    this.#replay = new Replay(core, this.#publishing, () => {
      this.#replay = undefined;
      core.runDeferred();
      this.#flushQueue();
      if (!this.#isFirst && (client.options.clean || (!info.sessionPresent && !this.#isOldest)))
        this.#resubscribe();
      this.#isFirst = false;
      emitSafely(client, "connect", connack);
    });
    this.#replay.start();
  }

  /** MQTT 3.1 does not tell whether the broker has a session. */
  get #isOldest(): boolean {
    return this.#core.client.options.protocolVersion === 3;
  }

  #resubscribe(): void {
    const { client, remembered } = this.#core;
    if (client.options.resubscribe) this.#subscribing.resubscribe();
    else remembered.clear();
  }

  /** Sends what was queued without a connection. */
  #flushQueue(): void {
    const { client } = this.#core;
    for (let entry = client.queue.shift(); entry !== undefined; entry = client.queue.shift()) {
      const { packet, cb } = entry;
      if (packet.cmd === "publish")
        this.#publishing.write(packet as IPublishPacket, cb === client.noop ? undefined : cb);
      else this.#subscribing.sendQueued(packet as ISubscribePacket);
    }
  }

  /** A connection or an attempt has ended. Undefined: by DISCONNECT of ours. */
  #onEnd(end: LinkEnd | undefined): void {
    const { client } = this.#core;
    const wasConnected = this.#phase === "connected";
    const isAbandoned = this.#isAbandoned;
    this.#phase = "idle";
    this.#isAbandoned = false;
    clearTimeout(this.#abortTimer);
    this.#replay?.stop();
    this.#replay = undefined;
    const stream = client.stream;
    if (!isAbandoned) this.#tell(end, wasConnected);
    if (stream instanceof ConnectionStream) stream.onConnectionEnd();
    for (const callback of this.#onIdle.splice(0)) callback();
  }

  #tell(end: LinkEnd | undefined, wasConnected: boolean): void {
    const { client } = this.#core;
    const error = end && toError(end);
    if (end?.reason?.packet !== undefined) this.#tellOfPacket(end.reason.packet, wasConnected);
    if (end?.error instanceof MqttConnectError)
      this.#isRefused = client.options.reconnectOnConnackError !== true;
    else if (end !== undefined && isOurs(end)) this.#scheduleReconnect();
    if (error !== undefined) emitSafely(client, "error", error);
    this.#failVolatile();
    client.connected = false;
    client.keepaliveManager = null;
    this.#core.serverProperties = undefined;
    this.#scheduleReconnect();
    emitSafely(client, "close");
  }

  /** The broker has refused the connection, or has ended it with a DISCONNECT. */
  #tellOfPacket(packet: Buffer, wasConnected: boolean): void {
    if ((packet[0] ?? 0) >> 4 !== DISCONNECT) return;
    const disconnect = toDisconnectPacket(packet);
    this.#core.tellReceived(() => disconnect);
    if (wasConnected) emitSafely(this.#core.client, "disconnect", disconnect);
  }

  /** Requests end with their connection. The remembered subscriptions are made again on the next one. */
  #failVolatile(): void {
    const { outgoing, link, client } = this.#core;
    outgoing.takeBackAliased(link?.handle.session);
    for (const pending of outgoing.all()) {
      if (!pending.volatile) continue;
      outgoing.cancel(pending, link?.handle.session);
      delete client.messageIdToTopic[pending.packet.messageId ?? 0];
      const isSubscribe = pending.packet.cmd === "subscribe";
      const fail = () => this.#core.fail(pending.cb, new Error("Connection closed"));
      if (isSubscribe) process.nextTick(fail);
      else fail();
    }
  }

  #scheduleReconnect(): void {
    const { client } = this.#core;
    const { reconnectPeriod = 0 } = client.options;
    if (client.disconnecting || this.#isRefused || this.#timer !== undefined || !(reconnectPeriod > 0))
      return;
    if (!client.reconnecting) {
      emitSafely(client, "offline");
      client.reconnecting = true;
    }
    if (client.disconnecting) return; // by a listener of `offline`
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.reconnect();
    }, reconnectPeriod);
  }
}

/** Whether this side has ended the connection, because of a timeout or a violation of the protocol. */
function isOurs({ error, reason }: LinkEnd): boolean {
  return OURS.has(error.code) || isKeepaliveTimeout(reason);
}

function isKeepaliveTimeout(reason: LinkEnd["reason"]): boolean {
  return reason?.reasonCode === KEEPALIVE_TIMEOUT && reason.packet === undefined;
}

/** Returns the code of a CONNACK of four bytes, which is that of MQTT 3. */
function returnCode(packet: Buffer | undefined): number | undefined {
  return packet?.length === SHORT_CONNACK && packet[0] === CONNACK ? packet[3] : undefined;
}

/** Returns the error to emit; undefined for an end that MQTT.js reports by `close` only. */
function toError({ error, reason }: LinkEnd): Error | undefined {
  if (error instanceof MqttConnectError) {
    const value = returnCode(reason?.packet) ?? error.reasonCode.value;
    return new ErrorWithReasonCode(`Connection refused: ${ReasonCodes[value] ?? value}`, value);
  }
  if (error.code === "TIMEOUT") return new Error("connack timeout");
  if (isKeepaliveTimeout(reason)) return new Error("Keepalive timeout");
  if (error.code === "PROTOCOL_ERROR" && error instanceof MqttCodeError)
    return new ErrorWithReasonCode(`${reason?.text ?? error.message}`, error.reasonCode.value);
  return SILENT.has(error.code) ? undefined : error;
}
