/**
 * Names and values, in order. A name may occur several times (MQTT 5, section 3.1.2.11.8). `Object.entries()` converts
 * a record.
 */
export type UserProperties = readonly (readonly [name: string, value: string])[];

/** Binary data to send, at most 65 535 bytes. A string is sent as its UTF-8 bytes. */
export type BinaryInput = Uint8Array | string;

/** The properties of every packet. */
interface CommonProperties {
  /** Pairs whose meaning applications define. */
  userProperties?: UserProperties | undefined;
}

/** The properties of messages: published, received and wills. */
interface ContentProperties<Binary> extends CommonProperties {
  /** Whether the payload is UTF-8 text. */
  payloadFormatIndicator?: boolean | undefined;
  /** Seconds after which an undelivered message is discarded. */
  messageExpiryInterval?: number | undefined;
  /** The type of the payload, such as a MIME type. */
  contentType?: string | undefined;
  /** The topic for the response. */
  responseTopic?: string | undefined;
  /** Identifies the request of a response. */
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
  /** Seconds that the session outlives the connection; 0xFFFFFFFF is forever. Default: 0. */
  sessionExpiryInterval?: number | undefined;
  /** Unacknowledged QoS 1 and 2 messages that the broker may send, 1 to 65 535. Default: 65 535. */
  receiveMaximum?: number | undefined;
  /** The maximum size of a packet that the client accepts, in bytes, at least 1. Default: no limit. */
  maximumPacketSize?: number | undefined;
  /** The highest topic alias that the client accepts. Default: 0, no aliases. */
  topicAliasMaximum?: number | undefined;
  /** Whether the broker is asked for response information. Default: false. */
  requestResponseInformation?: boolean | undefined;
  /** Whether the broker may send reason strings and user properties with any packet. Default: true. */
  requestProblemInformation?: boolean | undefined;
}

/** Properties of a will (MQTT 5, section 3.1.3.2). */
export interface WillProperties extends ContentProperties<BinaryInput> {
  /** Seconds between the loss of the connection and the publication of the will. Default: 0. */
  willDelayInterval?: number | undefined;
}

/** Properties of a PUBLISH packet that is sent (MQTT 5, section 3.3.2.3). */
export interface PublishProperties extends ContentProperties<BinaryInput> {
  /**
   * The topic alias, 1 to the broker's topic alias maximum. Only with the option `topicAliases: "off"` and QoS 0. The
   * topic may be empty once the alias has been set.
   */
  topicAlias?: number | undefined;
}

/** Properties of a SUBSCRIBE packet (MQTT 5, section 3.8.2.1). */
export interface SubscribeProperties extends CommonProperties {
  /** An identifier that the broker sends with each matching message, 1 to 268 435 455. */
  subscriptionIdentifier?: number | undefined;
}

/** Properties of an UNSUBSCRIBE packet (MQTT 5, section 3.10.2.1). */
export interface UnsubscribeProperties extends CommonProperties {}

/** Properties of a DISCONNECT packet that is sent (MQTT 5, section 3.14.2.2). */
export interface DisconnectProperties extends CommonProperties {
  /** Replaces the session expiry interval of the CONNECT, in seconds. */
  sessionExpiryInterval?: number | undefined;
  /** The reason, as text for people. */
  reasonString?: string | undefined;
}

/** Properties of an AUTH packet that is sent (MQTT 5, section 3.15.2.2). */
export interface AuthProperties extends AuthenticationProperties<BinaryInput> {
  /** The reason, as text for people. */
  reasonString?: string | undefined;
}

/** Properties of a received message (MQTT 5, section 3.3.2.3). */
export interface MessageProperties extends ContentProperties<Buffer> {
  /** The identifiers of the subscriptions that the message matches. */
  subscriptionIdentifiers?: readonly number[] | undefined;
}

/** Properties of a PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK or UNSUBACK (MQTT 5, section 3.4.2.2 and the like). */
export interface AckProperties extends CommonProperties {
  /** The reason, as text for people. */
  reasonString?: string | undefined;
}

/** Properties of a CONNACK packet (MQTT 5, section 3.2.2.3). */
export interface ConnackProperties extends AckProperties, AuthenticationProperties<Buffer> {
  /** Seconds that the session outlives the connection. Default: the value of the CONNECT. */
  sessionExpiryInterval?: number | undefined;
  /** Unacknowledged QoS 1 and 2 messages that the client may send. Default: 65 535. */
  receiveMaximum?: number | undefined;
  /** The highest QoS that the broker supports. Default: 2. */
  maximumQoS?: 0 | 1 | undefined;
  /** Whether the broker supports retained messages. Default: true. */
  retainAvailable?: boolean | undefined;
  /** The maximum size of a packet that the broker accepts, in bytes. Default: no limit. */
  maximumPacketSize?: number | undefined;
  /** The client identifier that the broker assigned, if the CONNECT had none. */
  assignedClientIdentifier?: string | undefined;
  /** The highest topic alias that the broker accepts. Default: 0, no aliases. */
  topicAliasMaximum?: number | undefined;
  /** Whether the broker supports filters with wildcards. Default: true. */
  wildcardSubscriptionAvailable?: boolean | undefined;
  /** Whether the broker supports subscription identifiers. Default: true. */
  subscriptionIdentifierAvailable?: boolean | undefined;
  /** Whether the broker supports shared subscriptions. Default: true. */
  sharedSubscriptionAvailable?: boolean | undefined;
  /** The keep alive in seconds, which replaces the client's. */
  serverKeepAlive?: number | undefined;
  /** The basis for response topics. */
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

/** The properties of each packet that is sent, and of wills. */
export interface SentProperties {
  connect: ConnectProperties;
  will: WillProperties;
  publish: PublishProperties;
  subscribe: SubscribeProperties;
  unsubscribe: UnsubscribeProperties;
  disconnect: DisconnectProperties;
  auth: AuthProperties;
  ack: AckProperties;
}

/** The properties of each packet that is received. `ack`: PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK. */
export interface ReceivedProperties {
  connack: ConnackProperties;
  publish: MessageProperties;
  ack: AckProperties;
  disconnect: ServerDisconnectProperties;
  auth: ServerAuthProperties;
}
