import { Core } from "./core.ts";
import { callSafely } from "./emit.ts";
import { IncomingMessages } from "./incoming.ts";
import type { KeepaliveManager } from "./keepalive-manager.ts";
import { Lifecycle } from "./lifecycle.ts";
import { DefaultMessageIdProvider, type IMessageIdProvider } from "./message-ids.ts";
import type { IAuthPacket, IConnackPacket, IDisconnectPacket, IPublishPacket, Packet } from "./packets.ts";
import { Publishing } from "./publishing.ts";
import { type DoneCallback, MQTTJS_VERSION } from "./shared.ts";
import { Shutdown } from "./shutdown.ts";
import type { IStore } from "./store.ts";
import { Subscribing } from "./subscribing.ts";
import { TypedEventEmitter } from "./typed-emitter.ts";
import type {
  ClientSubscribeCallback,
  IClientOptions,
  IClientPublishOptions,
  IClientSubscribeOptions,
  IClientSubscribeProperties,
  IClientUnsubscribeProperties,
  IStream,
  ISubscriptionGrant,
  ISubscriptionMap,
  PacketCallback,
  PendingCommand,
  StreamBuilder,
} from "./types.ts";
import { UnsupportedOptionError } from "./unsupported.ts";

const DEFAULTS = {
  keepalive: 60,
  reschedulePings: true,
  protocolId: "MQTT",
  protocolVersion: 4,
  reconnectPeriod: 1000,
  connectTimeout: 30_000,
  clean: true,
  resubscribe: true,
  subscribeBatchSize: null,
  writeCache: true,
  timerVariant: "auto",
} as const;

type SubscribeOptions = IClientSubscribeOptions | IClientSubscribeProperties;
type Topics = string | string[] | ISubscriptionMap;

/** A client with MQTT.js's interface, over the native engine. `connect` makes it. */
export class MqttClient extends TypedEventEmitter {
  static VERSION: string = MQTTJS_VERSION;

  connected = false;
  disconnecting = false;
  disconnected = false;
  reconnecting = false;
  declare incomingStore: IStore;
  declare outgoingStore: IStore;
  options: IClientOptions;
  queueQoSZero: boolean;
  log: (...args: never[]) => void;
  messageIdProvider: IMessageIdProvider;
  messageIdToTopic: Record<number, string[]> = {};
  noop: (error?: unknown) => void = () => {};
  keepaliveManager: KeepaliveManager | null = null;
  declare stream: IStream;
  queue: { packet: Packet; cb: PacketCallback }[] = [];
  readonly #core: Core;
  readonly #publishing: Publishing;
  readonly #subscribing: Subscribing;
  readonly #lifecycle: Lifecycle;
  readonly #shutdown: Shutdown;

  /** Returns a new client identifier. */
  static defaultId(): string {
    return `mqttjs_${Math.random().toString(16).slice(2, 10)}`;
  }

  /** @throws {Error} for a stream builder of the program: the engine makes the connection itself */
  constructor(streamBuilder: StreamBuilder | null, options: IClientOptions) {
    super();
    if (streamBuilder) throw new UnsupportedOptionError("A streamBuilder", "connect() makes the client");
    this.options = options;
    const chosen = options as Record<string, unknown>;
    for (const [name, value] of Object.entries(DEFAULTS)) chosen[name] ??= value;
    options.clientId = typeof options.clientId === "string" ? options.clientId : MqttClient.defaultId();
    this.log = options.log ?? (() => {});
    this.messageIdProvider = options.messageIdProvider ?? new DefaultMessageIdProvider();
    this.queueQoSZero = options.queueQoSZero ?? true;
    const core = new Core(this);
    this.#core = core;
    core.chooseStores();
    this.#publishing = new Publishing(core);
    this.#subscribing = new Subscribing(core);
    const incoming = new IncomingMessages(this, {
      handlesMessages: () => this.handleMessage !== HANDLE_MESSAGE || this.#hasAckHandler,
      storesMessages: () => Boolean(this.options.incomingStore),
      acknowledge: (connection, packets) => core.link?.handle.session?.acknowledge(connection, packets),
    });
    this.#lifecycle = new Lifecycle(core, this.#publishing, this.#subscribing, {
      onMessage: (message) => incoming.onMessage(message),
      onDeferredMessage: (...message) => incoming.onDeferredMessage(...message),
      onCompleted: (token, completion) => {
        const pending = core.outgoing.take(token);
        if (pending === undefined) return;
        const { packet } = pending;
        if (core.isAborted) core.outgoing.forget(pending);
        else if (packet.cmd !== "publish") this.#subscribing.complete(pending, completion);
        else {
          this.#publishing.complete(pending, packet, completion);
          this.#lifecycle.onSettled(packet.messageId ?? 0);
        }
      },
      onDeviation: () => {},
      onConnection: () => incoming.onConnected(),
      onReleased: (...release) => incoming.onReleased(...release),
    });
    this.#shutdown = new Shutdown(core, this.#lifecycle);
    if (!options.manualConnect) this.#lifecycle.connect();
  }

  /** Whether the program decides about reason codes. */
  get #hasAckHandler(): boolean {
    return this.options.protocolVersion === 5 && typeof this.options.customHandleAcks === "function";
  }

  /** The properties of the CONNACK; undefined without a connection. */
  get serverProperties(): IConnackPacket["properties"] {
    return this.#core.serverProperties;
  }

  /** The keep alive in use, in seconds. */
  get keepalive(): number {
    return this.serverProperties?.serverKeepAlive ?? this.options.keepalive ?? 0;
  }

  /** The packets that await an answer, by their identifiers. */
  get outgoing(): Record<number, { volatile: boolean; cmd: PendingCommand; cb: PacketCallback }> {
    const { outgoing } = this.#core;
    return Object.fromEntries(
      outgoing
        .all()
        .map(({ packet, volatile, cb }) => [packet.messageId ?? 0, { volatile, cmd: packet.cmd, cb }]),
    );
  }

  /** Answers a challenge of enhanced authentication. Programs override it. */
  handleAuth(_packet: IAuthPacket, callback: PacketCallback): void {
    callback();
  }

  /** Handles a message before it is acknowledged. Programs override it. The next message waits for the callback. */
  handleMessage(_packet: IPublishPacket, callback: DoneCallback): void {
    callback();
  }

  getLastMessageId(): number {
    return this.messageIdProvider.getLastAllocated() as number;
  }

  /** Connects, for clients with the option `manualConnect`. */
  connect(): this {
    this.#lifecycle.connect();
    return this;
  }

  publish(topic: string, message: string | Buffer, callback?: PacketCallback): MqttClient;
  publish(
    topic: string,
    message: string | Buffer,
    opts?: IClientPublishOptions | null,
    callback?: PacketCallback,
  ): MqttClient;
  publish(
    topic: string,
    message: string | Buffer,
    opts?: IClientPublishOptions | PacketCallback | null,
    callback?: PacketCallback,
  ): MqttClient {
    if (typeof opts === "function") this.#publishing.publish(topic, message, undefined, opts);
    else this.#publishing.publish(topic, message, opts, callback);
    return this;
  }

  publishAsync(
    topic: string,
    message: string | Buffer,
    opts?: IClientPublishOptions | null,
  ): Promise<Packet | undefined> {
    return new Promise((resolve, reject) => {
      const settle: PacketCallback = (error, packet) => (error ? reject(error) : resolve(packet));
      this.#core.promised.add(settle);
      this.publish(topic, message, opts, settle);
    });
  }

  subscribe(topicObject: Topics, callback?: ClientSubscribeCallback): MqttClient;
  subscribe(
    topicObject: Topics,
    opts?: SubscribeOptions | null,
    callback?: ClientSubscribeCallback,
  ): MqttClient;
  subscribe(
    topicObject: Topics,
    opts?: SubscribeOptions | ClientSubscribeCallback | null,
    callback?: ClientSubscribeCallback,
  ): MqttClient {
    if (typeof opts === "function") this.#subscribing.subscribe(topicObject, undefined, opts);
    else this.#subscribing.subscribe(topicObject, opts, callback ?? undefined);
    return this;
  }

  subscribeAsync(topicObject: Topics, opts?: SubscribeOptions | null): Promise<ISubscriptionGrant[]> {
    return new Promise((resolve, reject) => {
      this.subscribe(topicObject, opts, (error, granted) => (error ? reject(error) : resolve(granted ?? [])));
    });
  }

  unsubscribe(topic: string | string[], callback?: PacketCallback): MqttClient;
  unsubscribe(
    topic: string | string[],
    opts?: IClientUnsubscribeProperties | null,
    callback?: PacketCallback,
  ): MqttClient;
  unsubscribe(
    topic: string | string[],
    opts?: IClientUnsubscribeProperties | PacketCallback | null,
    callback?: PacketCallback,
  ): MqttClient {
    if (typeof opts === "function") this.#subscribing.unsubscribe(topic, undefined, opts);
    else this.#subscribing.unsubscribe(topic, opts, callback);
    return this;
  }

  unsubscribeAsync(
    topic: string | string[],
    opts?: IClientUnsubscribeProperties | null,
  ): Promise<Packet | undefined> {
    return new Promise((resolve, reject) => {
      this.unsubscribe(topic, opts, (error, packet) => (error ? reject(error) : resolve(packet)));
    });
  }

  /** Ends the client. `force`: does not wait for answers, and sends no DISCONNECT. `opts`: of the DISCONNECT. */
  end(cb?: DoneCallback): MqttClient;
  end(force?: boolean): MqttClient;
  end(opts?: Partial<IDisconnectPacket> | null, cb?: DoneCallback): MqttClient;
  end(force?: boolean, cb?: DoneCallback): MqttClient;
  end(force?: boolean, opts?: Partial<IDisconnectPacket> | null, cb?: DoneCallback): MqttClient;
  end(...args: unknown[]): MqttClient {
    const [force, opts, callback] = typeof args[0] === "boolean" ? args : [false, ...endArguments(args)];
    const options = typeof opts === "object" ? (opts as Partial<IDisconnectPacket> | null) : null;
    const done = callback ?? opts;
    this.#shutdown.end(
      Boolean(force),
      options,
      typeof done === "function" ? (done as DoneCallback) : undefined,
    );
    return this;
  }

  endAsync(force?: boolean): Promise<void>;
  endAsync(opts?: Partial<IDisconnectPacket> | null): Promise<void>;
  endAsync(force?: boolean, opts?: Partial<IDisconnectPacket> | null): Promise<void>;
  endAsync(
    force?: boolean | Partial<IDisconnectPacket> | null,
    opts?: Partial<IDisconnectPacket> | null,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      this.end(force as boolean, opts, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Forgets a message that has not been acknowledged. Its callback gets an error. */
  removeOutgoingMessage(messageId: number): MqttClient {
    const core = this.#core;
    const pending = core.outgoing.get(messageId);
    if (pending === undefined) return this;
    core.outgoing.cancel(pending, core.link?.handle.session);
    const tell = () => {
      callSafely(pending.cb, new Error("Message removed"));
      core.onSettled();
      this.#lifecycle.onSettled(messageId);
    };
    if (core.hasStore) this.outgoingStore.del({ messageId }, tell);
    else tell();
    return this;
  }

  /** Connects again, at once. Without stores in the argument, what was not acknowledged is forgotten. */
  reconnect(opts?: Pick<IClientOptions, "incomingStore" | "outgoingStore">): MqttClient {
    const start = () => {
      const { incomingStore, outgoingStore } = opts ?? {};
      Object.assign(this.options, {
        incomingStore: incomingStore ?? null,
        outgoingStore: outgoingStore ?? null,
      });
      this.#core.chooseStores();
      this.disconnecting = false;
      this.disconnected = false;
      this.#lifecycle.reconnect();
    };
    if (this.disconnecting && !this.disconnected) this.#shutdown.reconnectAfterwards(start);
    else start();
    return this;
  }

  /** Has no effect: the native session sends the pings. */
  reschedulePing(_force?: boolean): void {}

  /** Has no effect: the native session sends the pings. */
  sendPing(): void {}

  /** Ends the connection as if the broker had not answered a ping. */
  onKeepaliveTimeout(): void {
    this.stream?.destroy();
  }
}

// By its name, esbuild would call the class _MqttClient.
Object.defineProperty(MqttClient, "name", { value: "MqttClient" });

const HANDLE_MESSAGE = MqttClient.prototype.handleMessage;

/** Returns the options and the callback of `end` without `force`, which may also be undefined or null. */
function endArguments(args: unknown[]): unknown[] {
  const [first, second, third] = args;
  return first === undefined || first === null ? [second, third] : [first, third ?? second];
}
