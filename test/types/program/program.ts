// A program that uses the package's exports. It is never run: `npm test -- types` compiles it against `dist/`, with the
// oldest supported TypeScript and with the project's own.

import {
  Client,
  type ClientOptions,
  FifoQueue,
  type Message,
  MqttCodeError,
  MqttError,
  PriorityQueue,
  ProtocolVersion,
  ProxySettings,
  type PublishResult,
  type ReasonCodes,
  type Statistics,
  socketConstants,
  TLSParameters,
  Topic,
  Wildcard,
  Will,
} from "mqtt-native";
import { Topic as SameTopic } from "mqtt-native/topic";

const defaults: ClientOptions = { keepalive: 30, queueType: FifoQueue, logger: console };
const own: ClientOptions = {
  protocol: ProtocolVersion.V5,
  identifier: process.argv[2],
  will: new Will({ topic: new Topic("gone"), payload: Buffer.of(1), properties: { willDelayInterval: 1 } }),
  queueType: PriorityQueue.by<Message>((a, b) => b.qos - a.qos),
  tlsParams: new TLSParameters({ caCerts: "ca.pem" }),
  proxy: new ProxySettings({ proxyType: "http", proxyAddr: "proxy" }),
  socketOptions: [[socketConstants.SOL_SOCKET, socketConstants.SO_SNDBUF, 65_536]],
};

/** Connects, subscribes and echoes messages. */
export async function main(url: string | URL): Promise<Statistics> {
  await using client = await Client.connect(url, { ...defaults, ...own });
  const codes: ReasonCodes = await client.subscribe([new Wildcard("a/#"), ["b", { noLocal: true }]], {
    qos: 1,
  });
  for await (const message of client.messages) {
    const { properties }: Message = message;
    const result: PublishResult = await client.publish(properties?.responseTopic ?? "c", message.payload, {
      properties: { correlationData: properties?.correlationData },
      signal: AbortSignal.timeout(1000),
    });
    if (result.reasonCode.isFailure || codes.length === 0) break;
  }
  const next: IteratorResult<Message, undefined> = await client.messages.next({ timeout: 1 });
  next.value?.topic.matches(new Wildcard("a/+"));
  return client.statistics;
}

/** A subclass of the client that handles its errors. */
export class Meter extends Client {
  readonly topic: SameTopic = new SameTopic("meter");

  async read(): Promise<string | undefined> {
    try {
      return (await this.messages.next()).value?.json<{ value: string }>().value;
    } catch (error) {
      if (error instanceof MqttCodeError) return error.reasonCode.name;
      if (error instanceof MqttError) return error.code;
      throw error;
    }
  }
}
