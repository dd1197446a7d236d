// What must compile and what must not. Never run: `npm run lint` checks the types of everything.

import {
  Client,
  type ClientOptions,
  FifoQueue,
  LifoQueue,
  type Message,
  PriorityQueue,
  ProtocolVersion,
} from "mqtt-native";

const { V31, V311, V5 } = ProtocolVersion;

// ---- where ----

new Client("localhost");
new Client("localhost", 1883);
new Client("localhost", 1883, { keepalive: 0 });
new Client("localhost", { port: 1883 });
new Client("mqtt://localhost:1883");
new Client(new URL("mqtt://localhost"), { username: "u" });
// @ts-expect-error: a host is needed
new Client();
// @ts-expect-error: the port belongs in the URL
new Client(new URL("mqtt://localhost"), 1883);
// @ts-expect-error
new Client("localhost", "1883");

// ---- versions ----

new Client("localhost", { protocol: V31, cleanSession: true });
new Client("localhost", { cleanSession: false, identifier: "me" });
new Client("localhost", { protocol: V311, cleanSession: Math.random() > 0.5, identifier: "me" });
new Client("localhost", { protocol: V5, cleanStart: "first-only", properties: { receiveMaximum: 10 } });
new Client("localhost", { protocol: V5, topicAliases: "off" });
// @ts-expect-error: a session that is kept needs a name
new Client("localhost", { cleanSession: false });
// @ts-expect-error: MQTT 5 has cleanStart
new Client("localhost", { protocol: V5, cleanSession: true });
// @ts-expect-error: MQTT 3 has cleanSession
new Client("localhost", { cleanStart: true });
// @ts-expect-error
new Client("localhost", { protocol: V311, cleanStart: "first-only" });
// @ts-expect-error: MQTT 3 has no properties
new Client("localhost", { properties: { receiveMaximum: 10 } });
// @ts-expect-error
new Client("localhost", { protocol: V31, properties: {} });
// @ts-expect-error: MQTT 3 has no enhanced authentication
new Client("localhost", { authentication: { method: "m", onChallenge: () => "" } });
// @ts-expect-error: MQTT 3 has no topic aliases
new Client("localhost", { topicAliases: "off" });
// @ts-expect-error: it is true, false or "first-only"
new Client("localhost", { protocol: V5, cleanStart: "never" });
// @ts-expect-error: there is no such version
new Client("localhost", { protocol: 6 });

/** A version that is known only when the program runs: what all versions have. */
export function connectWith(protocol: ProtocolVersion): Promise<Client> {
  // @ts-expect-error: it may be MQTT 3
  new Client("localhost", { protocol, cleanStart: true });
  // @ts-expect-error: it may be MQTT 5
  new Client("localhost", { protocol, cleanSession: true });
  const options: ClientOptions =
    protocol === V5 ? { protocol, cleanStart: true } : { protocol, cleanSession: true };
  return Client.connect("localhost", { ...options, identifier: "me" });
}

// ---- queues and limits ----

class ByLength extends PriorityQueue {
  constructor(limit: number) {
    super((a, b) => a.payload.length - b.payload.length, limit);
  }
}
class Minimal {
  length = 0;
  push(_message: Message): void {}
  shift(): Message | undefined {
    return undefined;
  }
}
new Client("localhost", { queueType: FifoQueue });
new Client("localhost", { queueType: LifoQueue, maxQueuedIncomingMessages: 10, overflow: "drop-oldest" });
new Client("localhost", { queueType: PriorityQueue.by((a, b) => b.qos - a.qos) });
new Client("localhost", { queueType: ByLength });
new Client("localhost", { queueType: Minimal });
new Client("localhost", {
  maxQueuedOutgoingMessages: Number.POSITIVE_INFINITY,
  maxConcurrentOutgoingCalls: 1,
});
// @ts-expect-error: it needs an order: PriorityQueue.by(compare)
new Client("localhost", { queueType: PriorityQueue });
// @ts-expect-error: a class, not an instance
new Client("localhost", { queueType: new FifoQueue() });
// @ts-expect-error: a queue has push, shift and length
new Client("localhost", { queueType: Map });
// @ts-expect-error
new Client("localhost", { overflow: "drop-all" });
// @ts-expect-error
new Client("localhost", { maxQueuedIncomingMessages: "10" });

// ---- the rest ----

new Client("localhost", { logger: console });
// @ts-expect-error: a logger has four methods
new Client("localhost", { logger: { debug() {}, info() {}, warn() {} } });
// @ts-expect-error: there is no such option
new Client("localhost", { client_id: "me" });
// @ts-expect-error
new Client("localhost", { will: { payload: "a will needs a topic" } });
