// Uses of MQTT.js by packages that depend on it, with their types.

import type { EventEmitter } from "node:events";
import * as mqtt from "mqtt";

/** The client as NestJS describes it. */
interface NestClient {
  connected: boolean;
  reconnecting: boolean;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  publish(
    topic: string,
    message: string | Buffer,
    opts: object | undefined,
    callback?: (error?: Error) => void,
  ): unknown;
  endAsync(): Promise<void>;
}
type Fits<T, _U extends T> = true;
export const nest: Fits<Pick<NestClient, "connected" | "reconnecting" | "endAsync">, mqtt.MqttClient> = true;
export const emitter = (client: mqtt.MqttClient): EventEmitter => client as unknown as EventEmitter;

/** zigbee2mqtt. */
export class Zigbee2mqtt {
  private client!: mqtt.MqttClient;

  get info(): { version: number | undefined; server: string } {
    const { options } = this.client;
    return {
      version: options.protocolVersion,
      server: `${options.protocol}://${options.host}:${options.port}`,
    };
  }

  get stats(): { connected: boolean; queued: number } {
    return { connected: this.isConnected(), queued: this.client.queue.length };
  }

  async connect(server: string): Promise<void> {
    const options: mqtt.IClientOptions = {
      will: { topic: "bridge/state", payload: Buffer.from("{}"), retain: true, qos: 1 },
      properties: { maximumPacketSize: 1_048_576 },
    };
    options.protocolVersion = 5;
    this.client = await mqtt.connectAsync(server, options);
    this.client.stream.setMaxListeners(0);
    this.client.on("message", this.onMessage);
    this.client.on("connect", this.onConnect);
    this.client.on("disconnect", (packet) => console.log(packet.reasonCode, packet.properties?.reasonString));
  }

  private onConnect = async (): Promise<void> => {
    await this.client.publishAsync("bridge/state", "online", { retain: true, qos: 1 });
    await this.client.subscribeAsync("zigbee2mqtt/#");
  };

  private onMessage = (topic: string, message: Buffer): void => console.log(topic, message.toString());

  private isConnected(): boolean {
    return !this.client.reconnecting && !this.client.disconnecting && !this.client.disconnected;
  }
}

/** zwave-js-ui. */
export function zwave(client: mqtt.MqttClient): void {
  client.subscribe("a", { qos: 1 }, (error, granted = []) => {
    if (error) return;
    for (const { topic, qos } of granted) if (qos === 128) console.log("refused", topic);
  });
  client.end(false, {}, () => client.end(true, {}, () => {}));
}

/** n8n. */
export async function n8n(options: mqtt.IClientOptions): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync({ ...options, protocol: "mqtts", port: 8883 });
  const topics = Object.fromEntries(["a", "b"].map((topic) => [topic, { qos: 1 as const }]));
  await client.subscribeAsync(topics);
  return client;
}

/** nest-mqtt passes `opts || null`, which its own settings allow. */
export const message = (packet: mqtt.IPublishPacket): [mqtt.IPublishPacket["qos"], string | Buffer] => [
  packet.qos,
  packet.payload,
];
