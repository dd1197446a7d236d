import type { MessageQueueType } from "../incoming/queues.ts";
import type { Acknowledge } from "../incoming/receipt.ts";
import type { BinaryInput, ConnectProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { ConnectionOptions } from "../transport/connection-options.ts";
import type { Members } from "../util/check.ts";
import type { Logger } from "../util/logger.ts";
import type { PerAttempt } from "../util/per-attempt.ts";
import type { AuthenticationOptions } from "./authentication.ts";
import type { ReconnectOptions } from "./reconnect.ts";
import type { Will, WillOptions } from "./will.ts";

/**
 * Options of a client. Names, meanings and defaults are aiomqtt's where it has the option. Every member may be absent
 * or undefined, so two of these objects can be merged: `{ ...defaults, ...own }`. The constructor refuses options
 * that exclude each other.
 */
export interface ClientOptions extends ConnectionOptions {
  /** The version of MQTT. Default: `ProtocolVersion.V311`. */
  protocol?: ProtocolVersion | undefined;
  /** A function is called at each attempt to connect. Default: none. */
  username?: PerAttempt<string> | undefined;
  /**
   * Text is sent as UTF-8. A function is called at each attempt to connect. Without a user name a password is allowed
   * on MQTT 5 only (MQTT 5, section 3.1.2.9).
   */
  password?: PerAttempt<BinaryInput> | undefined;
  /**
   * The client identifier. Default: on MQTT 3.1 a generated one. On 3.1.1 and 5 the broker assigns one; on MQTT 5 the
   * client knows it, and uses it again on later connects.
   */
  identifier?: string | undefined;
  /** MQTT 3.x: whether each connect begins a new session. Default: true; false needs an `identifier`. */
  cleanSession?: boolean | undefined;
  /**
   * MQTT 5: whether a connect begins a new session. Default: `"first-only"`: the first successful connect of this
   * client begins one, later ones resume it.
   */
  cleanStart?: boolean | "first-only" | undefined;
  /** MQTT 5: the properties of CONNECT (section 3.1.2.11). They are copied: changing them has no effect. */
  properties?: ConnectProperties | undefined;
  /** MQTT 5: enhanced authentication (section 4.12). Default: none. */
  authentication?: AuthenticationOptions | undefined;
  /**
   * MQTT 5: whether the client replaces repeated topics of QoS 0 messages by numbers, within the broker's limit
   * (section 3.3.2.3.4). With `"off"` the property `topicAlias` of `publish` is for you to use. Default:
   * `"automatic"`.
   */
  topicAliases?: "automatic" | "off" | undefined;
  /** The receiver of log lines; at level debug also of the packet trace. Default: none, at no cost. */
  logger?: Logger | undefined;
  /** The class of the message queue; it is called as `new queueType(limit)`. Default: `FifoQueue`. */
  queueType?: MessageQueueType | undefined;
  /** The message that the broker publishes when it loses this client. A function is called at each attempt. */
  will?: PerAttempt<Will | WillOptions> | undefined;
  /** Seconds that connect, subscribe, unsubscribe, publish and disconnect may take. Default: 10. */
  timeout?: number | undefined;
  /**
   * The keep alive in seconds, 0 to 65 535; 0 is off. Default: 60. An MQTT 5 broker may override it.
   */
  keepalive?: number | undefined;
  /**
   * Messages that the message queue may hold, 1 or more. `overflow` names the message that is dropped when it is full.
   * Default: `Infinity`, no limit: a program that is slower than its broker keeps all messages in memory.
   */
  maxQueuedIncomingMessages?: number | undefined;
  /**
   * The message to drop from a full message queue: the newest (the default, as in aiomqtt), or the one that has waited
   * longest. It may have been acknowledged, and then is lost. `statistics.messagesDropped` counts it.
   */
  overflow?: "drop-newest" | "drop-oldest" | undefined;
  /**
   * When the broker is told that a message of QoS 1 or 2 has been received: `"received"`: when it has been read and
   * checked. `"processed"`: when the `for await` that gave it out asks for the next one. `"manual"`: by
   * `message.acknowledge()`. Default: `"received"`: messages that are queued when the process dies are lost.
   */
  acknowledge?: Acknowledge | undefined;
  /**
   * Whether acknowledgements leave in the order of their messages, as MQTT requires [MQTT-4.6.0-2, -3]. Default: true.
   */
  acknowledgeInOrder?: boolean | undefined;
  /**
   * MQTT 5: unacknowledged messages of QoS 1 and 2 that the broker may send, 1 to 65 535. The same as
   * `properties.receiveMaximum`. Default: 65 535, or 1000 if `acknowledge` is not `"received"`.
   */
  receiveMaximum?: number | undefined;
  /**
   * The treatment of a message that no subscription of this client matches: `"queue"` puts it into `client.messages`,
   * `"drop"` drops it. `statistics.messagesDropped` counts it. Default: `"queue"`.
   */
  unmatched?: "queue" | "drop" | undefined;
  /**
   * Calls that may be queued for sending, 1 or more. Beyond it `publish` rejects with the code `QUEUE_FULL`. Calls that
   * were sent and wait for the broker's answer do not count. Default: `Infinity`, no limit.
   */
  maxQueuedOutgoingMessages?: number | undefined;
  /**
   * Bytes of publishes that may wait to be sent: topics, payloads and properties, 1 or more. `publish` rejects with the
   * code `QUEUE_FULL` beyond it. Default: 64 MiB with `reconnect`, else `Infinity`.
   */
  maxQueuedOutgoingBytes?: number | undefined;
  /**
   * Publishes of QoS 1 and 2, subscribes and unsubscribes that may be in flight; others are queued. Default: 20.
   * `Infinity` is the number of packet identifiers, 65 535. An MQTT 5 broker may lower it.
   */
  maxInflightMessages?: number | undefined;
  /**
   * Calls of publish, subscribe and unsubscribe that may run at once, 1 or more. Others wait in the order in which they
   * were made; their timeout includes the wait. Default: `Infinity`, no limit.
   */
  maxConcurrentOutgoingCalls?: number | undefined;
  /**
   * Whether the event loop polls for up to 100 µs, instead of sleeping, where prompt answers have made that worthwhile.
   * It shortens round trips to a near broker, but uses processor time and raises `eventLoopUtilization`. Default:
   * false. The thread polls while any of its connected clients has the option. No effect without libuv.
   */
  busyPoll?: boolean | undefined;
  /** Whether the client connects again after a loss, and how. Default: false. */
  reconnect?: boolean | ReconnectOptions | undefined;
  /**
   * The limit of one attempt to connect, in seconds, 0 to `Infinity`. Default: 10. With one address, and without
   * `reconnect`, the default is the timeout of `connect`.
   */
  connectTimeout?: number | undefined;
  /**
   * Whether publish, subscribe and unsubscribe wait while a connection is made again, or reject with `NOT_CONNECTED`.
   * `"wait"` needs `reconnect`. Default: `"wait"` with `reconnect`, else `"reject"`.
   */
  whileDisconnected?: "wait" | "reject" | undefined;
  /**
   * Whether the addresses of this client share the sessions of clients, as the brokers of one cluster do. Otherwise a
   * connection to another address than the last one begins a new session. Default: false.
   */
  sharedSessions?: boolean | undefined;
  /**
   * MQTT 5: whether the client follows a Server Reference, with which a broker names another one to use (section 4.13).
   * The transport and the options of TLS stay the same. Default: false.
   */
  followServerReference?: boolean | undefined;
}

/** The names of all options. */
export const CLIENT_OPTIONS: Members<ClientOptions> = {
  acknowledge: true,
  acknowledgeInOrder: true,
  authentication: true,
  bindAddress: true,
  bindPort: true,
  busyPoll: true,
  cleanSession: true,
  cleanStart: true,
  connectTimeout: true,
  followServerReference: true,
  identifier: true,
  keepalive: true,
  logger: true,
  maxConcurrentOutgoingCalls: true,
  maxInflightMessages: true,
  maxQueuedIncomingMessages: true,
  maxQueuedOutgoingBytes: true,
  maxQueuedOutgoingMessages: true,
  overflow: true,
  password: true,
  port: true,
  properties: true,
  protocol: true,
  proxy: true,
  queueType: true,
  receiveMaximum: true,
  reconnect: true,
  sharedSessions: true,
  socketOptions: true,
  timeout: true,
  tlsContext: true,
  tlsInsecure: true,
  tlsParams: true,
  topicAliases: true,
  transport: true,
  unmatched: true,
  username: true,
  websocketHeaders: true,
  websocketPath: true,
  whileDisconnected: true,
  will: true,
};
