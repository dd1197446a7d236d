import { createRequire } from "node:module";
import { packageRoot } from "../package-root.ts";
import { loadAddon } from "./loader.ts";
import { thisPlatform } from "./platform.ts";
import type { NativeTarget, SocketConstants } from "./target.ts";

/** The options of `Session.connect`; see native/node/session_object.cpp. */
export interface NativeConnectOptions extends NativeTarget {
  protocol: 3 | 4 | 5;
  clean: boolean;
  /** Seconds that the session outlives its connection (MQTT 5). */
  sessionExpiry: number;
  /** The whole CONNECT packet. */
  packet: Uint8Array;
  /** Seconds; 0 is off. */
  keepalive: number;
  /** The limit for incoming packets, in bytes. */
  maximumPacketSize: number;
  inflightLimit: number;
  /** Whether outgoing topics may get aliases (MQTT 5). */
  topicAliases: boolean;
  /** Whether unacknowledged publishes are repeated one at a time, until one of them is acknowledged. */
  repeatsOneByOne: boolean;
  /** Seconds until CONNACK; Infinity is no limit. */
  timeout: number;
}

/** The queue of a session's operations. */
export interface NativeQueueOptions {
  /**
   * Whether operations outlive the connection. Then they are queued without a connection, too. Each connection holds
   * them back until `proceed`.
   */
  keepsOperations: boolean;
  /** The limit of topics, payloads and properties of queued publishes. Infinity is no limit. */
  maxQueuedBytes: number;
  /**
   * Whether publishes of QoS 2 are sent again in a new session, though the broker may have received them. PUBREL
   * follows for those that it has answered with PUBREC.
   */
  repeatsQos2?: boolean;
}

/** The native session of a client. Arguments must be valid. Results are delivered as events. */
export interface NativeSession {
  connect(options: NativeConnectOptions): void;
  /**
   * Writes a publish of QoS 0. Returns false when `publish` must queue it instead. `flags`: the QoS in the low two
   * bits, then retain, then the topic's number; DUP is bit 30, and for `publish` only. `topic`: the topic to store
   * under that number; undefined uses the stored one.
   */
  publishNow(
    flags: number,
    payload: string | Uint8Array | undefined,
    topic?: string,
    properties?: Uint8Array,
  ): boolean;
  /** Queues a publish. `flags` and `topic` are as for `publishNow`. */
  publish(
    token: number,
    flags: number,
    topic: string | undefined,
    payload: string | Uint8Array | undefined,
    properties: Uint8Array | undefined,
  ): boolean;
  subscribe(token: number, filters: readonly string[], options: Uint8Array, properties?: Uint8Array): void;
  unsubscribe(token: number, filters: readonly string[], properties?: Uint8Array): void;
  /** Sends everything that was written or queued since the last flush. */
  flush(): void;
  /**
   * Cancels a call that has not been sent. Returns true if nothing of it was or will be sent. That also holds after the
   * connection has ended, until `connect` is called again.
   */
  cancel(token: number): boolean;
  /** Cancels a call that has not been written, as `cancel`. Returns false, without any effect, if it has. */
  expire(token: number): boolean;
  /** Subscribes ahead of all queued calls, and outside the window. */
  renew(token: number, filters: readonly string[], options: Uint8Array, properties?: Uint8Array): void;
  /** Sends the calls that a new connection holds back. */
  proceed(): void;
  /** Forgets all calls. Unacknowledged publishes of the session stay, to be repeated when it is resumed. */
  drop(): void;
  /** Gives a publish in flight up: its identifier is not used again in this session. */
  refuse(token: number): void;
  /** Sends an AUTH packet. */
  authenticate(packet: Uint8Array): void;
  /** Has JavaScript acknowledge messages of QoS 1 and 2 from now on. `reportsReleases`: also PUBREL. */
  deferAcknowledgements(reportsReleases?: boolean): void;
  /** Sends PUBACK, PUBREC and PUBCOMP packets, unless the connection with this number has ended. */
  acknowledge(connection: number, packets: Uint8Array): void;
  disconnect(packet: Uint8Array): void;
  /** Ends the connection. `reasonCode`: the code of a DISCONNECT to send before; 0 sends none. */
  abort(code: string, text: string, reasonCode: number): void;
  readonly queued: number;
  /** Bytes of queued publishes. */
  readonly queuedBytes: number;
  readonly inFlight: number;
  /** Bytes received, bytes sent and messages sent on all connections. */
  readonly traffic: readonly [number, number, number];
  /**
   * The first call that was written on the connection that ended last. Its token or -1; whether anything was
   * acknowledged on that connection; the milliseconds between the writing and the end.
   */
  readonly lastWritten: readonly [number, number, number];
}

/** Receives a batch of events. */
export type Deliver = (batch: ArrayBuffer, held: ArrayBuffer[] | undefined) => void;

/** The native environment of a copy of this package on one thread; see native/node/environment.hpp. */
export interface NativeEnvironment {
  /** Delivers the next batch of events. */
  drain(): void;
  /** Sets whether it keeps the event loop alive. */
  keepAlive(alive: boolean): void;
  /** Sets whether it must not be collected, which holds while clients are open. */
  retain(retained: boolean): void;
  /** Sets whether lines of the packet trace are among the events. */
  trace(wanted: boolean): void;
  /** Sets whether the event loop polls for messages before it sleeps. Initially off; works with libuv only. */
  busyPoll(wanted: boolean): void;
}

export interface NativeAddon {
  /**
   * `yieldTurn`: called when more events are queued; a later turn must call `drain`. `hasLibuv`: whether the event loop
   * is libuv's.
   */
  Environment: new (
    deliver: Deliver,
    yieldTurn: () => void,
    hasLibuv: boolean,
  ) => NativeEnvironment;
  /** Sets the default CA certificates of TLS, as PEM. Only the first call in a process has an effect. */
  setDefaultCertificates(pem: string): void;
  /** Returns this system's numbers of socket levels and options. */
  socketConstants(): SocketConstants;
  /** Returns the number of native sessions and connections of the process, so that tests find leaks. */
  liveObjectCounts(): [sessions: number, connections: number];
  /** `client`: the number of this session in the events of that environment. */
  Session: new (
    environment: NativeEnvironment,
    client: number,
    queue: NativeQueueOptions,
  ) => NativeSession;
}

const { MQTT_NATIVE_ADDON: override } = process.env;

/** The addon. It is loaded by the first import, once for each JavaScript thread. */
export const addon: NativeAddon = loadAddon({
  root: packageRoot,
  machine: thisPlatform(),
  override,
  load: createRequire(packageRoot ?? process.cwd()) as unknown as (file: string) => NativeAddon,
});
