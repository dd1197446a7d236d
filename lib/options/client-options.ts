import type { Members } from "../basics/check.ts";
import type { Logger } from "../basics/logger.ts";
import type { MessageQueueType } from "../incoming/queues.ts";
import type { BinaryInput, ConnectProperties } from "../protocol/property-types.ts";
import type { ProtocolVersion } from "../protocol/protocol-version.ts";
import type { AnyRoadOptions, RoadOptions } from "../roads/road-options.ts";
import type { AuthenticationOptions } from "./authentication.ts";
import type { Will, WillOptions } from "./will.ts";

/** Options that are the same in all versions of MQTT, and on every road. Names, meanings and defaults are aiomqtt's where it has the option. */
export interface CommonOptions {
  /** Default: none. */
  username?: string;
  /** Text is sent as UTF-8. Without a user name it is allowed on MQTT 5 only (MQTT 5, section 3.1.2.9). */
  password?: BinaryInput;
  /**
   * The client identifier. Default: a generated one on MQTT 3.1; on 3.1.1 and 5 the broker assigns one, which on MQTT 5 is
   * known, and used again, from then on.
   */
  identifier?: string;
  /** Where log lines go, Paho's trace among them. Default: nowhere, at no cost. */
  logger?: Logger;
  /** The class of the message queue; it is called as `new queueType(limit)`. Default: `FifoQueue`. */
  queueType?: MessageQueueType;
  /** The message that the broker publishes when it loses this client. */
  will?: Will | WillOptions;
  /** The limit of connect, subscribe, unsubscribe, publish and disconnect, in seconds. Default: 10. */
  timeout?: number;
  /** Seconds after which an idle connection is probed, 0 to 65 535; 0 is off. Default: 60. An MQTT 5 broker may overrule it. */
  keepalive?: number;
  /**
   * Messages that may wait in the message queue, 1 or more. When it is full, `overflow` decides. Default: `Infinity`, no
   * limit: a program that takes messages more slowly than they come keeps them all in memory.
   */
  maxQueuedIncomingMessages?: number;
  /**
   * What is dropped when the message queue is full: the message that has just come (the default, as in aiomqtt), or the one
   * that has waited longest. The broker may have been told that it was received: it is lost. `statistics.messagesDropped`
   * counts it.
   */
  overflow?: "drop-newest" | "drop-oldest";
  /**
   * Calls that may wait to be sent, 1 or more. When so many wait, `publish` rejects with the code `QUEUE_FULL`. A call that
   * has been sent and waits for the broker's answer does not count. Default: `Infinity`, no limit.
   */
  maxQueuedOutgoingMessages?: number;
  /**
   * Publishes of QoS 1 and 2, subscribes and unsubscribes that may be under way at once; others wait for their turn. Default:
   * 20; `Infinity` is as many as there are packet identifiers, 65 535. An MQTT 5 broker may lower it.
   */
  maxInflightMessages?: number;
  /**
   * Calls of publish, subscribe and unsubscribe that are carried out at once, 1 or more; others wait, and get their turn in
   * the order in which they were made. Waiting counts towards their timeout. Default: `Infinity`, no limit.
   */
  maxConcurrentOutgoingCalls?: number;
}

/** MQTT 3.1 and 3.1.1: what MQTT 5 does not have. */
export type Mqtt3Options = {
  /** Default: `ProtocolVersion.V311`. */
  protocol?: typeof ProtocolVersion.V31 | typeof ProtocolVersion.V311;
  cleanStart?: never;
  properties?: never;
  authentication?: never;
  topicAliases?: never;
} & (
  | {
      /** Whether each connect begins a new session. Default: true; false needs an identifier. */
      cleanSession?: true;
    }
  | { cleanSession: boolean; identifier: string }
);

/** MQTT 5: what MQTT 3 does not have. */
export interface Mqtt5Options {
  /** MQTT 5. */
  protocol: typeof ProtocolVersion.V5;
  /**
   * Whether a connect begins a new session. Default: `"first-only"`, which means the first successful connect of this
   * client; later ones resume its session.
   */
  cleanStart?: boolean | "first-only";
  cleanSession?: never;
  /** The properties of the CONNECT packet (MQTT 5, section 3.1.2.11). They are copied: changing them has no effect. */
  properties?: ConnectProperties;
  /** Enhanced authentication (MQTT 5, section 4.12). Default: none. */
  authentication?: AuthenticationOptions;
  /**
   * Whether topics of QoS 0 messages that repeat are replaced by numbers on the wire, as far as the broker allows it
   * (MQTT 5, section 3.3.2.3.4). With `"off"` the property `topicAlias` of `publish` is for you to use. Default: `"automatic"`.
   */
  topicAliases?: "automatic" | "off";
}

/** A version that is known only when the program runs: what all of them have. */
export interface AnyVersionOptions {
  /** Any version. */
  protocol: ProtocolVersion;
  cleanSession?: never;
  cleanStart?: never;
  properties?: never;
  authentication?: never;
  topicAliases?: never;
}

/** What a client can be made with; every member may be left out, but for `protocol` on MQTT 5. */
export type ClientOptions = CommonOptions & (Mqtt3Options | Mqtt5Options | AnyVersionOptions) & RoadOptions;

/** The options of all versions and roads in one, as the checks see them. */
export interface AnyOptions extends CommonOptions, AnyRoadOptions {
  protocol?: ProtocolVersion;
  cleanSession?: boolean;
  cleanStart?: boolean | "first-only";
  properties?: ConnectProperties;
  authentication?: AuthenticationOptions;
  topicAliases?: "automatic" | "off";
}

/** The names of all options. */
export const CLIENT_OPTIONS: Members<AnyOptions> = {
  authentication: true,
  bindAddress: true,
  bindPort: true,
  cleanSession: true,
  cleanStart: true,
  identifier: true,
  keepalive: true,
  logger: true,
  maxConcurrentOutgoingCalls: true,
  maxInflightMessages: true,
  maxQueuedIncomingMessages: true,
  maxQueuedOutgoingMessages: true,
  overflow: true,
  password: true,
  port: true,
  properties: true,
  protocol: true,
  proxy: true,
  queueType: true,
  socketOptions: true,
  timeout: true,
  tlsContext: true,
  tlsInsecure: true,
  tlsParams: true,
  topicAliases: true,
  transport: true,
  username: true,
  websocketHeaders: true,
  websocketPath: true,
  will: true,
};
