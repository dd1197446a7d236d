// The packets of MQTT.js, as its callbacks and events have them. The names and members are those of mqtt-packet.

export type QoS = 0 | 1 | 2;

export type PacketCmd =
  | "auth"
  | "connack"
  | "connect"
  | "disconnect"
  | "pingreq"
  | "pingresp"
  | "puback"
  | "pubcomp"
  | "publish"
  | "pubrel"
  | "pubrec"
  | "suback"
  | "subscribe"
  | "unsuback"
  | "unsubscribe";

/** Names and values. A repeated name has an array of its values. */
export interface UserProperties {
  [name: string]: string | string[];
}

export interface IPacket {
  cmd: PacketCmd;
  messageId?: number;
  length?: number;
}

interface ReasonProperties {
  reasonString?: string;
  userProperties?: UserProperties;
}

interface ContentProperties {
  payloadFormatIndicator?: boolean;
  messageExpiryInterval?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Buffer;
  userProperties?: UserProperties;
}

export interface IAuthPacket extends IPacket {
  cmd: "auth";
  reasonCode: number;
  properties?: ReasonProperties & { authenticationMethod?: string; authenticationData?: Buffer };
}

export interface IConnectPacket extends IPacket {
  cmd: "connect";
  clientId: string;
  protocolVersion?: 4 | 5 | 3;
  protocolId?: "MQTT" | "MQIsdp";
  clean?: boolean;
  keepalive?: number;
  username?: string;
  password?: Buffer;
  will?: {
    topic: string;
    payload: Buffer | string;
    qos?: QoS;
    retain?: boolean;
    properties?: ContentProperties & { willDelayInterval?: number };
  };
  properties?: {
    sessionExpiryInterval?: number;
    receiveMaximum?: number;
    maximumPacketSize?: number;
    topicAliasMaximum?: number;
    requestResponseInformation?: boolean;
    requestProblemInformation?: boolean;
    userProperties?: UserProperties;
    authenticationMethod?: string;
    authenticationData?: Buffer;
  };
}

export interface IPublishPacket extends IPacket {
  cmd: "publish";
  qos: QoS;
  dup: boolean;
  retain: boolean;
  topic: string;
  payload: string | Buffer;
  properties?: ContentProperties & {
    topicAlias?: number;
    subscriptionIdentifier?: number | number[];
  };
}

export interface IConnackPacket extends IPacket {
  cmd: "connack";
  returnCode?: number;
  reasonCode?: number;
  sessionPresent: boolean;
  properties?: ReasonProperties & {
    sessionExpiryInterval?: number;
    receiveMaximum?: number;
    maximumQoS?: number;
    retainAvailable?: boolean;
    maximumPacketSize?: number;
    assignedClientIdentifier?: string;
    topicAliasMaximum?: number;
    wildcardSubscriptionAvailable?: boolean;
    subscriptionIdentifiersAvailable?: boolean;
    sharedSubscriptionAvailable?: boolean;
    serverKeepAlive?: number;
    responseInformation?: string;
    serverReference?: string;
    authenticationMethod?: string;
    authenticationData?: Buffer;
  };
}

export interface ISubscription {
  topic: string;
  qos: QoS;
  nl?: boolean;
  rap?: boolean;
  rh?: number;
}

export interface ISubscribePacket extends IPacket {
  cmd: "subscribe";
  subscriptions: ISubscription[];
  properties?: ReasonProperties & { subscriptionIdentifier?: number };
}

export interface ISubackPacket extends IPacket {
  cmd: "suback";
  reasonCode?: number;
  properties?: ReasonProperties;
  granted: number[] | object[];
}

export interface IUnsubscribePacket extends IPacket {
  cmd: "unsubscribe";
  properties?: ReasonProperties;
  unsubscriptions: string[];
}

export interface IUnsubackPacket extends IPacket {
  cmd: "unsuback";
  reasonCode?: number;
  properties?: ReasonProperties;
  granted: number[];
}

/** A PUBACK, PUBREC, PUBREL or PUBCOMP. */
export interface IAckPacket extends IPacket {
  reasonCode?: number;
  properties?: ReasonProperties;
}

export interface IPubackPacket extends IAckPacket {
  cmd: "puback";
}

export interface IPubcompPacket extends IAckPacket {
  cmd: "pubcomp";
}

export interface IPubrelPacket extends IAckPacket {
  cmd: "pubrel";
}

export interface IPubrecPacket extends IAckPacket {
  cmd: "pubrec";
}

export interface IPingreqPacket extends IPacket {
  cmd: "pingreq";
}

export interface IPingrespPacket extends IPacket {
  cmd: "pingresp";
}

export interface IDisconnectPacket extends IPacket {
  cmd: "disconnect";
  reasonCode?: number;
  properties?: ReasonProperties & { sessionExpiryInterval?: number; serverReference?: string };
}

export type Packet =
  | IConnectPacket
  | IPublishPacket
  | IConnackPacket
  | ISubscribePacket
  | ISubackPacket
  | IUnsubscribePacket
  | IUnsubackPacket
  | IPubackPacket
  | IPubcompPacket
  | IPubrelPacket
  | IPingreqPacket
  | IPingrespPacket
  | IDisconnectPacket
  | IPubrecPacket
  | IAuthPacket;
