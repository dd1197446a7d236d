/**
 * Names and values, in order. A name may occur several times (MQTT 5, section 3.1.2.11.8). `Object.entries()` makes
 * them of a record.
 */
export type UserProperties = readonly (readonly [name: string, value: string])[];

/** Binary data that is sent: a string stands for its UTF-8 bytes. At most 65 535 bytes. */
export type BinaryInput = Uint8Array | string;

/** What every packet may carry. */
interface CommonProperties {
  /** Pairs with a meaning of their own to the applications. */
  userProperties?: UserProperties | undefined;
}

/** What describes a message, be it published, received or a will. */
interface ContentProperties<Binary> extends CommonProperties {
  /** Whether the payload is UTF-8 text. */
  payloadFormatIndicator?: boolean | undefined;
  /** Seconds after which a message that was not delivered is discarded. */
  messageExpiryInterval?: number | undefined;
  /** What the payload is, such as a MIME type. */
  contentType?: string | undefined;
  /** The topic to publish the response to. */
  responseTopic?: string | undefined;
  /** Tells the requester which request a response belongs to. */
  correlationData?: Binary | undefined;
}

/** Names and data of an authentication method (MQTT 5, section 4.12). */
interface AuthenticationProperties<Binary> extends CommonProperties {
  /** The name of the authentication method. */
  authenticationMethod?: string | undefined;
  /** The data of the authentication method. */
  authenticationData?: Binary | undefined;
}

/** Properties of a CONNECT packet (MQTT 5, section 3.1.2.11). */
export interface ConnectProperties extends AuthenticationProperties<BinaryInput> {
  /** Seconds the session outlives the connection, 0xFFFFFFFF: forever. Without it: 0. */
  sessionExpiryInterval?: number | undefined;
  /** QoS 1 and 2 messages the client takes at once, 1 to 65 535. Without it: 65 535. */
  receiveMaximum?: number | undefined;
  /** The longest packet the client takes, in bytes, at least 1. Without it: no limit. */
  maximumPacketSize?: number | undefined;
  /** The highest topic alias the client takes. Without it: 0, no aliases. */
  topicAliasMaximum?: number | undefined;
  /** Asks the broker for response information. Without it: false. */
  requestResponseInformation?: boolean | undefined;
  /** Whether reason strings and user properties may come with any packet. Without it: true. */
  requestProblemInformation?: boolean | undefined;
}

/** Properties of a will (MQTT 5, section 3.1.3.2). */
export interface WillProperties extends ContentProperties<BinaryInput> {
  /** Seconds between the loss of the connection and the will. Without it: 0. */
  willDelayInterval?: number | undefined;
}

/** Properties of a PUBLISH packet that is sent (MQTT 5, section 3.3.2.3). */
export interface PublishProperties extends ContentProperties<BinaryInput> {
  /**
   * The number that stands for the topic, 1 to the broker's topic alias maximum. Only with the option
   * `topicAliases: "off"` and QoS 0; the topic may be empty once the number stands for one.
   */
  topicAlias?: number | undefined;
}

/** Properties of a SUBSCRIBE packet (MQTT 5, section 3.8.2.1). */
export interface SubscribeProperties extends CommonProperties {
  /** Comes with each message that matches the subscription, 1 to 268 435 455. */
  subscriptionIdentifier?: number | undefined;
}

/** Properties of an UNSUBSCRIBE packet (MQTT 5, section 3.10.2.1). */
export interface UnsubscribeProperties extends CommonProperties {}

/** Properties of a DISCONNECT packet that is sent (MQTT 5, section 3.14.2.2). */
export interface DisconnectProperties extends CommonProperties {
  /** Replaces the session expiry interval of the CONNECT, in seconds. */
  sessionExpiryInterval?: number | undefined;
  /** Why, in words for a human. */
  reasonString?: string | undefined;
}

/** Properties of an AUTH packet that is sent (MQTT 5, section 3.15.2.2). */
export interface AuthProperties extends AuthenticationProperties<BinaryInput> {
  /** Why, in words for a human. */
  reasonString?: string | undefined;
}

/** Properties of a received message (MQTT 5, section 3.3.2.3). */
export interface MessageProperties extends ContentProperties<Buffer> {
  /** The identifiers of the subscriptions the message matches. */
  subscriptionIdentifiers?: readonly number[] | undefined;
}

/** Properties of a PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK or UNSUBACK (MQTT 5, section 3.4.2.2 and the like). */
export interface AckProperties extends CommonProperties {
  /** Why, in words for a human. */
  reasonString?: string | undefined;
}

/** Properties of a CONNACK packet (MQTT 5, section 3.2.2.3). */
export interface ConnackProperties extends AckProperties, AuthenticationProperties<Buffer> {
  /** Seconds the session outlives the connection. Without it: what the CONNECT said. */
  sessionExpiryInterval?: number | undefined;
  /** QoS 1 and 2 messages the broker takes at once. Without it: 65 535. */
  receiveMaximum?: number | undefined;
  /** The highest QoS the broker takes. Without it: 2. */
  maximumQoS?: 0 | 1 | undefined;
  /** Whether the broker takes retained messages. Without it: true. */
  retainAvailable?: boolean | undefined;
  /** The longest packet the broker takes, in bytes. Without it: no limit. */
  maximumPacketSize?: number | undefined;
  /** The identifier of a client that had none. */
  assignedClientIdentifier?: string | undefined;
  /** The highest topic alias the broker takes. Without it: 0, no aliases. */
  topicAliasMaximum?: number | undefined;
  /** Whether the broker takes filters with wildcards. Without it: true. */
  wildcardSubscriptionAvailable?: boolean | undefined;
  /** Whether the broker takes subscription identifiers. Without it: true. */
  subscriptionIdentifierAvailable?: boolean | undefined;
  /** Whether the broker takes shared subscriptions. Without it: true. */
  sharedSubscriptionAvailable?: boolean | undefined;
  /** Seconds of keep alive that hold instead of the client's. */
  serverKeepAlive?: number | undefined;
  /** What response topics are made of. */
  responseInformation?: string | undefined;
  /** Another broker to use. */
  serverReference?: string | undefined;
}

/** Properties of a DISCONNECT packet that the broker sent (MQTT 5, section 3.14.2.2). */
export interface ServerDisconnectProperties extends AckProperties {
  /** Another broker to use. */
  serverReference?: string | undefined;
}

/** Properties of an AUTH packet that the broker sent (MQTT 5, section 3.15.2.2). */
export interface ServerAuthProperties extends AckProperties, AuthenticationProperties<Buffer> {}

/** Properties of any answer of the broker. */
export type ReplyProperties =
  | ConnackProperties
  | AckProperties
  | ServerDisconnectProperties
  | ServerAuthProperties;

/** The properties of each packet that is sent. A will has its own. */
export interface SentProperties {
  connect: ConnectProperties;
  will: WillProperties;
  publish: PublishProperties;
  subscribe: SubscribeProperties;
  unsubscribe: UnsubscribeProperties;
  disconnect: DisconnectProperties;
  auth: AuthProperties;
}

/** The properties of each packet that is received. `ack`: PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK. */
export interface ReceivedProperties {
  connack: ConnackProperties;
  publish: MessageProperties;
  ack: AckProperties;
  disconnect: ServerDisconnectProperties;
  auth: ServerAuthProperties;
}
