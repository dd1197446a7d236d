// A program for MQTT.js 5. It compiles with the types of MQTT.js and with ours.

import mqtt, {
  type ClientSubscribeCallback,
  connect,
  connectAsync,
  type ErrorWithReasonCode,
  type IClientOptions,
  type IClientPublishOptions,
  type IConnackPacket,
  type IPublishPacket,
  type ISubscriptionGrant,
  type MqttClient,
  type OnMessageCallback,
  type Packet,
  Store,
  UniqueMessageIdProvider,
} from "mqtt";

const options: IClientOptions = {
  clientId: "c",
  protocolVersion: 5,
  clean: false,
  keepalive: 30,
  username: "u",
  password: Buffer.from("p"),
  will: { topic: "w", payload: "gone", qos: 1, retain: true, properties: { willDelayInterval: 5 } },
  properties: { sessionExpiryInterval: 60, userProperties: { a: ["1", "2"] } },
  incomingStore: new Store({ clean: false }),
  outgoingStore: new Store(),
  messageIdProvider: new UniqueMessageIdProvider(),
  customHandleAcks: (topic, message, packet, done) => done(topic === "x" && message && packet ? 0 : 135),
  log: (...args) => console.log(...args),
};

export function run(): MqttClient {
  const client: MqttClient = connect("mqtt://127.0.0.1", options);
  const onMessage: OnMessageCallback = (topic, payload, packet) =>
    console.log(topic, payload.toString(), packet.qos);
  client.on("connect", (packet: IConnackPacket) =>
    console.log(packet.sessionPresent, packet.properties?.receiveMaximum),
  );
  client.on("message", onMessage);
  client.on("error", (error: Error | ErrorWithReasonCode) => console.log(error.message));
  client.once("close", () => console.log(client.connected, client.reconnecting, client.disconnecting));
  client.on("packetreceive", (packet: Packet) => console.log(packet.cmd));
  const publish: IClientPublishOptions = { qos: 1, retain: false, properties: { topicAlias: 1 } };
  client.publish("t", "m");
  client.publish("t", Buffer.from("m"), publish, (error, packet) =>
    console.log(error?.message, packet?.messageId),
  );
  const granted: ClientSubscribeCallback = (error, grants, packet) =>
    console.log(error, grants?.[0]?.qos, packet?.granted);
  client.subscribe({ "a/#": { qos: 1, nl: true } }, granted);
  client.subscribe(["a", "b"], { qos: 2, rap: true, rh: 1 }, granted).unsubscribe("a", () => {});
  client.handleMessage = (packet: IPublishPacket, callback: (error?: Error) => void) => {
    console.log(packet.topic);
    callback();
  };
  client.stream.setMaxListeners(0);
  client.end(false, { reasonCode: 4 }, () => client.reconnect());
  return client.removeListener("message", onMessage).removeAllListeners();
}

export async function runAsync(): Promise<ISubscriptionGrant[]> {
  const client = await connectAsync("mqtt://127.0.0.1", options, false);
  await client.publishAsync("t", "m", { qos: 2 });
  await client.unsubscribeAsync("t");
  const grants = await client.subscribeAsync("t");
  await client.endAsync(true);
  return mqtt.connect === connect ? grants : [];
}
