import { createRequire } from "node:module";
import { packageRoot } from "../package-root.ts";
import { loadAddon } from "./loader.ts";
import { thisPlatform } from "./platform.ts";
import type { NativeTarget, SocketConstants } from "./target.ts";

/** What `Session.connect` is given; see native/node/session_object.cpp. */
export interface NativeConnectOptions extends NativeTarget {
  protocol: 3 | 4 | 5;
  clean: boolean;
  /** Seconds that the session outlives its connection (MQTT 5). */
  sessionExpiry: number;
  /** The whole CONNECT packet. */
  packet: Uint8Array;
  /** Seconds; 0 is off. */
  keepalive: number;
  /** Of incoming packets, bytes. */
  maximumPacketSize: number;
  inflightLimit: number;
  /** Whether outgoing topics may get aliases (MQTT 5). */
  topicAliases: boolean;
  /** Seconds for everything until CONNACK; Infinity for no limit. */
  timeout: number;
}

/** A client's native half. Arguments must be valid; results come as events. */
export interface NativeSession {
  connect(options: NativeConnectOptions): void;
  /**
   * Writes a publish of QoS 0; false when it must be submitted instead. `flags`: QoS in the low two bits, then retain, then
   * the topic's number. `topic`: has that number from now on; undefined: the one that has it.
   */
  publishNow(
    flags: number,
    payload: string | Uint8Array | undefined,
    topic?: string,
    properties?: Uint8Array,
  ): boolean;
  /** Submits a publish. `flags` and `topic` as for `publishNow`. */
  publish(
    token: number,
    flags: number,
    topic: string | undefined,
    payload: string | Uint8Array | undefined,
    properties: Uint8Array | undefined,
  ): void;
  subscribe(token: number, filters: readonly string[], options: Uint8Array, properties?: Uint8Array): void;
  unsubscribe(token: number, filters: readonly string[], properties?: Uint8Array): void;
  /** Has what was written or submitted since the last flush sent. */
  flush(): void;
  /**
   * Takes back a call that has not been sent. Returns true if nothing of it was or will be sent, also when the connection has
   * ended and `connect` has not been called again.
   */
  withdraw(token: number): boolean;
  /** Sends an AUTH packet. */
  authenticate(packet: Uint8Array): void;
  disconnect(packet: Uint8Array): void;
  /** `reasonCode`: of a DISCONNECT that goes out first; 0: none does. */
  abort(code: string, text: string, reasonCode: number): void;
  readonly queued: number;
  readonly inFlight: number;
  /** Bytes received, bytes sent, messages sent; on all connections. */
  readonly traffic: readonly [number, number, number];
}

/** Receives a portion of events. `owesReplies`: `flushReplies` must follow soon. */
export type Deliver = (batch: ArrayBuffer, held: ArrayBuffer[] | undefined, owesReplies: boolean) => void;

/** The native half of a copy of this package on one thread; see native/node/environment.hpp. */
export interface NativeEnvironment {
  /** Delivers the next portion of events. */
  drain(): void;
  /** Acknowledges the messages that this thread has read itself. */
  flushReplies(): void;
  /** Whether it keeps the event loop alive. */
  keepAlive(alive: boolean): void;
  /** Whether it must not be collected: while clients are open. */
  retain(retained: boolean): void;
  /** Whether lines of Paho's trace are among the events. */
  trace(wanted: boolean): void;
  /** Whether the event loop stays awake for prompt answers: not at first, and only where it is libuv's. */
  busyPoll(wanted: boolean): void;
}

export interface NativeAddon {
  /**
   * `yieldTurn` is called when more events wait: a later turn must call `drain`. `hasLibuv`: the event loop is libuv's.
   */
  Environment: new (
    deliver: Deliver,
    yieldTurn: () => void,
    hasLibuv: boolean,
  ) => NativeEnvironment;
  /** What TLS without authorities of its own trusts: PEM. In a process the first call counts. */
  setDefaultCertificates(pem: string): void;
  /** The numbers that this system has for the levels and options of sockets. */
  socketConstants(): SocketConstants;
  /** The sessions and connections that the engine keeps, of all threads of the process: what tests find leaks with. */
  census(): [sessions: number, connections: number];
  /** `client`: the number by which the events of that environment name this session. */
  Session: new (
    environment: NativeEnvironment,
    client: number,
  ) => NativeSession;
}

const { MQTT_NATIVE_ADDON: override } = process.env;

/** Loaded when first imported, once for each JavaScript thread. */
export const addon: NativeAddon = loadAddon({
  root: packageRoot,
  machine: thisPlatform(),
  override,
  load: createRequire(packageRoot ?? process.cwd()) as unknown as (file: string) => NativeAddon,
});
