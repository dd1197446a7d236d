// The options, callbacks and events of MQTT.js.

import type { Duplex } from "node:stream";
import type { MqttClient } from "./client.ts";
import type { IMessageIdProvider } from "./message-ids.ts";
import type {
  IAuthPacket,
  IConnackPacket,
  IConnectPacket,
  IDisconnectPacket,
  IPublishPacket,
  ISubackPacket,
  ISubscribePacket,
  IUnsubscribePacket,
  Packet,
  QoS,
} from "./packets.ts";
import type { DoneCallback, ErrorWithReasonCode, TimerVariant, VoidCallback } from "./shared.ts";
import type { IStore, Store } from "./store.ts";

export type BaseMqttProtocol =
  | "wss"
  | "ws"
  | "mqtt"
  | "mqtts"
  | "tcp"
  | "ssl"
  | "wx"
  | "wxs"
  | "ali"
  | "alis";
export type MqttProtocolWithUnix = `${BaseMqttProtocol}+unix`;
export type MqttProtocol = BaseMqttProtocol | MqttProtocolWithUnix;
export type StorePutCallback = () => void;

export interface ISecureClientOptions {
  key?: string | string[] | Buffer | Buffer[] | unknown[];
  /** Ignored, as by MQTT.js. */
  keyPath?: string;
  cert?: string | string[] | Buffer | Buffer[];
  /** Ignored, as by MQTT.js. */
  certPath?: string;
  ca?: string | string[] | Buffer | Buffer[];
  /** Ignored, as by MQTT.js. */
  caPaths?: string | string[];
  rejectUnauthorized?: boolean;
  ALPNProtocols?: string[] | Buffer[] | Uint8Array[] | Buffer | Uint8Array;
}

export type AckHandler = (
  topic: string,
  message: Buffer,
  packet: IPublishPacket,
  cb: (error: Error | number | null | undefined, code?: number) => void,
) => void;

/** Timers of the program. They are ignored: keepalive works without JavaScript. */
export interface Timer {
  set: (func: () => void, time: number) => unknown;
  clear: (timer: never) => void;
}

export interface IClientOptions extends ISecureClientOptions {
  /** Ignored. */
  encoding?: BufferEncoding;
  /** For browsers: an error names it. */
  browserBufferSize?: number;
  /** Ignored. */
  binary?: boolean;
  /** For mini programs: an error names it. */
  my?: unknown;
  /** Whether the program calls `connect()`. Default: false. */
  manualConnect?: boolean;
  /** Not supported: an error names it. */
  authPacket?: Partial<IAuthPacket>;
  /** Ignored. */
  writeCache?: boolean;
  servername?: string;
  defaultProtocol?: MqttProtocol;
  query?: Record<string, string>;
  /** User name and password, with a colon between them. */
  auth?: string;
  socksProxy?: string;
  /** Ignored: `connectTimeout` limits the attempt. */
  socksTimeout?: number;
  /** MQTT 5: decides about the reason code of PUBACK and PUBREC. */
  customHandleAcks?: AckHandler;
  port?: number;
  host?: string;
  hostname?: string;
  unixSocket?: boolean;
  path?: string;
  protocol?: MqttProtocol;
  /** The headers of the WebSocket upgrade. */
  wsOptions?: { headers?: Record<string, unknown>; [option: string]: unknown } | object;
  /** Milliseconds between two attempts to connect; 0 turns reconnecting off. Default: 1000. */
  reconnectPeriod?: number;
  reconnectOnConnackError?: boolean;
  /** Milliseconds until the CONNACK. Default: 30 000. */
  connectTimeout?: number;
  incomingStore?: IStore;
  outgoingStore?: IStore;
  queueQoSZero?: boolean;
  log?: (...args: never[]) => void;
  autoUseTopicAlias?: boolean;
  autoAssignTopicAlias?: boolean;
  /** Ignored. */
  reschedulePings?: boolean;
  servers?: Array<{
    host: string;
    port: number;
    protocol?: "wss" | "ws" | "mqtt" | "mqtts" | "tcp" | "ssl" | "wx" | "wxs";
  }>;
  resubscribe?: boolean;
  subscribeBatchSize?: number;
  transformWsUrl?: (url: string, options: IClientOptions, client: MqttClient) => string;
  /** Not supported: an error names it. */
  createWebsocket?: (url: string, websocketSubProtocols: string[], options: IClientOptions) => unknown;
  messageIdProvider?: IMessageIdProvider;
  /** For browsers: an error names it. */
  browserBufferTimeout?: number;
  /** Ignored. */
  objectMode?: boolean;
  clientId?: string;
  protocolVersion?: IConnectPacket["protocolVersion"];
  protocolId?: IConnectPacket["protocolId"];
  clean?: boolean;
  keepalive?: number;
  username?: string;
  password?: Buffer | string;
  will?: IConnectPacket["will"];
  properties?: IConnectPacket["properties"];
  /** Ignored. */
  timerVariant?: TimerVariant | Timer;
  /** For browsers: an error names it. */
  forceNativeWebSocket?: boolean;
}

export interface IClientPublishOptions {
  qos?: QoS;
  retain?: boolean;
  /** Whether the message is marked as a repeated one. At QoS 0 it is ignored [MQTT-3.3.1-2]. */
  dup?: boolean;
  properties?: IPublishPacket["properties"];
  /** Called when a message of QoS 1 or 2 has been stored. */
  cbStorePut?: StorePutCallback;
}

export interface IClientReconnectOptions {
  incomingStore?: Store;
  outgoingStore?: Store;
}

export interface IClientSubscribeProperties {
  properties?: ISubscribePacket["properties"];
}

export interface IClientSubscribeOptions extends IClientSubscribeProperties {
  qos: QoS;
  nl?: boolean;
  rap?: boolean;
  rh?: number;
}

export interface ISubscriptionRequest extends IClientSubscribeOptions {
  topic: string;
}

export interface ISubscriptionGrant extends Omit<ISubscriptionRequest, "qos" | "properties"> {
  qos: QoS | 128;
}

export type ISubscriptionMap = {
  [topic: string]: IClientSubscribeOptions;
} & {
  resubscribe?: boolean;
};

export interface IClientUnsubscribeProperties {
  properties?: IUnsubscribePacket["properties"];
}

export type OnConnectCallback = (packet: IConnackPacket) => void;
export type OnDisconnectCallback = (packet: IDisconnectPacket) => void;
export type ClientSubscribeCallback = (
  err: Error | null,
  granted?: ISubscriptionGrant[],
  packet?: ISubackPacket,
) => void;
export type OnMessageCallback = (topic: string, payload: Buffer, packet: IPublishPacket) => void;
export type OnPacketCallback = (packet: Packet) => void;
export type OnCloseCallback = () => void;
export type OnErrorCallback = (error: Error | ErrorWithReasonCode) => void;
export type PacketCallback = (error?: Error | ErrorWithReasonCode, packet?: Packet) => unknown;
export type CloseCallback = (error?: Error) => void;

export interface MqttClientEventCallbacks {
  connect: OnConnectCallback;
  message: OnMessageCallback;
  packetsend: OnPacketCallback;
  packetreceive: OnPacketCallback;
  disconnect: OnDisconnectCallback;
  error: OnErrorCallback;
  close: OnCloseCallback;
  end: VoidCallback;
  reconnect: VoidCallback;
  offline: VoidCallback;
  outgoingEmpty: VoidCallback;
}

/** The connection, as far as programs use it. Bytes cannot be read from it or written to it. */
export type IStream = Duplex & { socket?: unknown };
export type StreamBuilder = (client: MqttClient, opts?: IClientOptions) => IStream;
export type PacketHandler = (client: MqttClient, packet: Packet, done?: DoneCallback) => void;
export type PendingCommand = "publish" | "pubrel" | "subscribe" | "unsubscribe";
