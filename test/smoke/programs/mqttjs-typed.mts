import type * as namespace from "mqtt";
import mqtt, { connect, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";

const options: IClientOptions = { clientId: "typed", protocolVersion: 5, reconnectPeriod: 0 };

export async function use(url: string): Promise<void> {
  const client: MqttClient = connect(url, options);
  client.on("message", (topic: string, payload: Buffer, packet: IPublishPacket) => {
    console.log(topic, payload.length, packet.qos);
  });
  const other: namespace.MqttClient = await mqtt.connectAsync(url);
  await other.publishAsync("smoke/typed", "hello", { qos: 1 });
  client.end(true, {}, (error?: Error) => console.log(error?.message, mqtt.ReasonCodes[0]));
}
