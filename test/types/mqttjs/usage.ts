// A program that uses MQTT.js, compiled with its types and with ours.

import * as namespace from "mqtt";
import mqtt, {
  type AckHandler,
  type BaseMqttProtocol,
  Client,
  type ClientSubscribeCallback,
  type CloseCallback,
  connect,
  connectAsync,
  DefaultMessageIdProvider,
  type DoneCallback,
  ErrorWithReasonCode,
  ErrorWithSubackPacket,
  type GenericCallback,
  type IClientOptions,
  type IClientPublishOptions,
  type IClientReconnectOptions,
  type IClientSubscribeOptions,
  type IClientSubscribeProperties,
  type IClientUnsubscribeProperties,
  type IConnackPacket,
  type IDisconnectPacket,
  type IPublishPacket,
  type ISecureClientOptions,
  type IStore,
  type ISubscriptionGrant,
  type ISubscriptionMap,
  type ISubscriptionRequest,
  MQTTJS_VERSION,
  MqttClient,
  type MqttClientEventCallbacks,
  type MqttProtocol,
  type MqttProtocolWithUnix,
  type OnMessageCallback,
  type Packet,
  type PacketCallback,
  ReasonCodes,
  Store,
  type StorePutCallback,
  type TimerVariant,
  UniqueMessageIdProvider,
  type VoidCallback,
  validateTopic,
  validateTopics,
} from "mqtt";

const log = (...values: unknown[]): void => console.log(...values);

const secure: ISecureClientOptions = {
  key: Buffer.from("key"),
  cert: ["one", "two"],
  ca: [Buffer.from("ca")],
  rejectUnauthorized: false,
  ALPNProtocols: ["mqtt"],
};
const variant: TimerVariant = "auto";
const protocol: MqttProtocol = "mqtts";
const plain: BaseMqttProtocol = "ws";
const unix: MqttProtocolWithUnix = "mqtt+unix";
const handleAcks: AckHandler = (topic, message, packet, done) => {
  if (topic === "a" && message.length > 0 && packet.qos > 0) done(0);
  else done(new Error("refused"), 135);
};

const options: IClientOptions = {
  ...secure,
  host: "broker.example",
  port: 1883,
  protocol,
  clientId: "usage",
  username: "user",
  password: Buffer.from("password"),
  keepalive: 30,
  clean: false,
  reconnectPeriod: 1000,
  connectTimeout: 30_000,
  protocolVersion: 5,
  protocolId: "MQTT",
  properties: {
    sessionExpiryInterval: 60,
    receiveMaximum: 10,
    maximumPacketSize: 1000,
    topicAliasMaximum: 5,
    requestResponseInformation: true,
    requestProblemInformation: true,
    userProperties: { one: "1", many: ["2", "3"] },
    authenticationMethod: "method",
    authenticationData: Buffer.from("data"),
  },
  will: {
    topic: "will",
    payload: Buffer.from("gone"),
    qos: 1,
    retain: true,
    properties: { willDelayInterval: 5, contentType: "text/plain", correlationData: Buffer.from("a") },
  },
  servers: [{ host: "one.example", port: 1883, protocol: "mqtt" }],
  wsOptions: { headers: { authorization: "Bearer token" } },
  transformWsUrl: (url, { clientId }, client) => `${url}?${clientId}&${client.connected}`,
  customHandleAcks: handleAcks,
  messageIdProvider: new UniqueMessageIdProvider(),
  incomingStore: new Store({ clean: false }),
  outgoingStore: new Store(),
  queueQoSZero: false,
  resubscribe: true,
  subscribeBatchSize: 8,
  reconnectOnConnackError: true,
  reschedulePings: false,
  manualConnect: true,
  timerVariant: variant,
  log,
  servername: "broker.example",
};

const publishOptions: IClientPublishOptions = {
  qos: 2,
  retain: true,
  dup: false,
  cbStorePut: (): void => log("stored"),
  properties: {
    payloadFormatIndicator: true,
    messageExpiryInterval: 10,
    topicAlias: 1,
    responseTopic: "reply",
    correlationData: Buffer.from("id"),
    userProperties: { key: "value" },
    contentType: "text/plain",
  },
};
const subscribeOptions: IClientSubscribeOptions = {
  qos: 1,
  nl: true,
  rap: true,
  rh: 1,
  properties: { subscriptionIdentifier: 5, userProperties: { key: "value" } },
};
const subscribeProperties: IClientSubscribeProperties = { properties: { subscriptionIdentifier: 5 } };
const unsubscribeProperties: IClientUnsubscribeProperties = { properties: { userProperties: { a: "b" } } };
const map: ISubscriptionMap = { a: { qos: 1 }, b: { qos: 0, nl: true } } as ISubscriptionMap;
const request: ISubscriptionRequest = { topic: "a", ...subscribeOptions };

export function forms(): MqttClient[] {
  return [
    connect("mqtt://broker.example"),
    connect("mqtt://broker.example", options),
    connect(options),
    mqtt.connect("mqtts://broker.example", { ca: "ca" }),
    namespace.connect({ host: "broker.example", protocol: plain }),
    new Client(() => process.stdin as never, { ...options, protocol: unix }),
  ];
}

export function events(client: MqttClient): void {
  client.on("connect", (packet: IConnackPacket) =>
    log(packet.sessionPresent, packet.reasonCode, packet.returnCode),
  );
  client.on("connect", ({ properties }) =>
    log(properties?.assignedClientIdentifier, properties?.receiveMaximum),
  );
  client.on("message", (topic, payload, packet) => {
    log(topic.length, payload.toString("utf8"), packet.qos, packet.retain, packet.dup, packet.messageId);
    log(packet.properties?.userProperties, packet.properties?.correlationData?.toString());
    log(packet.properties?.subscriptionIdentifier, packet.properties?.responseTopic);
  });
  client.on("error", (error) => log(error.message, error.name, "code" in error && error.code));
  client.on("disconnect", (packet: IDisconnectPacket) =>
    log(packet.reasonCode, packet.properties?.reasonString),
  );
  client.on("packetsend", (packet: Packet) => log(packet.cmd, packet.messageId));
  client.on("packetreceive", (packet) => {
    if (packet.cmd === "publish") log(packet.topic, packet.payload.length);
    if (packet.cmd === "suback") log(packet.granted);
    if (packet.cmd === "connack") log(packet.properties?.topicAliasMaximum);
  });
  for (const name of ["close", "end", "reconnect", "offline", "outgoingEmpty"] as const)
    client.once(name, () => log(name));
  const listener: OnMessageCallback = (topic) => log(topic);
  client.once("message", listener).off("message", listener).removeListener("message", listener);
  client.prependListener("message", listener).prependOnceListener("close", () => {});
  client.removeAllListeners("message").setMaxListeners(0);
  log(client.listenerCount("message"), client.eventNames(), client.rawListeners("close"));
  const callbacks: Partial<MqttClientEventCallbacks> = { message: listener, close: () => {} };
  if (callbacks.message) client.on("message", callbacks.message);
}

export function calls(client: MqttClient): void {
  const published: PacketCallback = (error, packet) => log(error?.message, packet?.cmd);
  const subscribed: ClientSubscribeCallback = (error, granted, suback) => {
    if (error instanceof ErrorWithSubackPacket) log(error.packet.granted);
    if (error instanceof ErrorWithReasonCode) log(error.code, ReasonCodes[128]);
    log(
      granted?.map(({ topic, qos }) => [topic, qos === 128]),
      suback?.granted,
    );
  };
  client
    .publish("a", "text")
    .publish("a", Buffer.from("bytes"), published)
    .publish("a", "text", publishOptions)
    .publish("a", "text", { qos: 1 }, published)
    .publish("a", "text", undefined, (error) => log(error))
    .subscribe("a")
    .subscribe(["a", "b"], subscribed)
    .subscribe(map, subscribed)
    .subscribe("a", subscribeOptions, subscribed)
    .subscribe("a", subscribeProperties)
    .subscribe(request.topic, { qos: request.qos }, (error, granted) => log(error, granted?.[0]?.nl))
    .unsubscribe("a")
    .unsubscribe(["a"], published)
    .unsubscribe("a", unsubscribeProperties, published)
    .removeOutgoingMessage(client.getLastMessageId());
  const done: DoneCallback = (error) => log(error);
  client.end();
  client.end(done);
  client.end(true);
  client.end(false, done);
  client.end({ reasonCode: 4, properties: { reasonString: "bye" } }, done);
  client.end(true, {}, done);
  const close: CloseCallback = () => {};
  client.end(close);
}

export async function promises(): Promise<void> {
  const client: MqttClient = await connectAsync("mqtt://broker.example", options, false);
  const packet: Packet | undefined = await client.publishAsync("a", "text", publishOptions);
  const granted: ISubscriptionGrant[] = await client.subscribeAsync(["a"], subscribeOptions);
  await client.unsubscribeAsync("a", unsubscribeProperties);
  await client.endAsync(true, { reasonCode: 0 });
  await client.endAsync();
  log(packet?.messageId, granted);
}

export function members(client: MqttClient): void {
  const { connected, reconnecting, disconnecting, disconnected, queue, queueQoSZero } = client;
  const flags: boolean[] = [connected, reconnecting, disconnecting, disconnected, queueQoSZero];
  log(flags, queue.length, queue[0]?.packet.cmd, client.options.reconnectPeriod, client.options.host);
  log(client.serverProperties?.maximumPacketSize, client.keepalive.toFixed(), client.outgoing[1]?.volatile);
  client.options.username = "other";
  client.options.reconnectPeriod = 0;
  client.stream.setMaxListeners(0);
  client.stream.on("error", (error: Error) => log(error));
  client.stream.destroy();
  client.stream.end();
  const stores: IClientReconnectOptions = { incomingStore: new Store(), outgoingStore: new Store() };
  client.reconnect();
  client.reconnect(stores);
  client.handleMessage = (message: IPublishPacket, callback: DoneCallback) => {
    log(message.topic);
    callback();
  };
  const store: IStore = client.outgoingStore;
  store.put(
    { cmd: "publish", topic: "a", payload: "b", qos: 1, retain: false, dup: false, messageId: 1 },
    () => {},
  );
  store.get({ messageId: 1 }, (error, packet) => log(error, packet?.cmd));
  store.del({ messageId: 1 }, () => {});
  store.createStream().on("data", log);
  store.close(() => {});
}

class Subclass extends MqttClient {
  override handleMessage(packet: IPublishPacket, callback: DoneCallback): void {
    log(packet.topic);
    callback();
  }
}
export const isSubclass = (client: MqttClient): boolean => client instanceof Subclass;

const put: StorePutCallback = () => {};
const nothing: VoidCallback = put;
const generic: GenericCallback<number> = (error, result) => log(error, result?.toFixed());
generic(undefined, 1);
nothing();
const provider = new DefaultMessageIdProvider();
log(
  provider.allocate(),
  provider.getLastAllocated(),
  provider.register(5),
  MQTTJS_VERSION,
  MqttClient.defaultId(),
);
provider.deallocate(5);
provider.clear();
log(validateTopic("a/+"), validateTopics(["a"]), ReasonCodes[0], new ErrorWithReasonCode("text", 5).code);
