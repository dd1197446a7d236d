// Statements that must compile, and others that must not. The file is never run: `npm run lint` checks its types.

import {
  Client,
  type ClientOptions,
  FifoQueue,
  LifoQueue,
  type Message,
  PriorityQueue,
  ProtocolVersion,
  type WillOptions,
} from "mqtt-native";

const { V31, V311, V5 } = ProtocolVersion;

// ---- addresses ----

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

// One interface has the options of all versions. The constructor refuses options that exclude each other.
new Client("localhost", { protocol: V31, cleanSession: true });
new Client("localhost", { cleanSession: false, identifier: "me" });
new Client("localhost", { protocol: V311, cleanSession: Math.random() > 0.5, identifier: "me" });
new Client("localhost", { protocol: V5, cleanStart: "first-only", properties: { receiveMaximum: 10 } });
new Client("localhost", { protocol: V5, topicAliases: "off" });
new Client("localhost", { protocol: V5, authentication: { method: "m", onChallenge: () => "" } });
// @ts-expect-error: the value is true, false or "first-only"
new Client("localhost", { protocol: V5, cleanStart: "never" });
// @ts-expect-error: the value is a boolean
new Client("localhost", { cleanSession: "yes" });
new Client("localhost", { busyPoll: true });
// @ts-expect-error: the value is a boolean
new Client("localhost", { busyPoll: 100 });
// @ts-expect-error: there is no such version
new Client("localhost", { protocol: 6 });

/** Connects with a version that is known only at run time. */
export function connectWith(protocol: ProtocolVersion): Promise<Client> {
  const session = protocol === V5 ? { cleanStart: true } : { cleanSession: true };
  return Client.connect("localhost", { protocol, ...session, identifier: "me" });
}

// ---- merged options ----

/** Merges options, however many there are. */
export function merged(a: C, b: C, c: C, d: C, e: C, f: C): ClientOptions {
  const two: ClientOptions = { ...a, ...b };
  const six: ClientOptions = { ...a, ...b, ...c, ...d, ...e, ...f };
  return { ...two, ...six, keepalive: 30 };
}
type C = ClientOptions;

/** Passes on values that may be undefined. */
export function connectMaybe(
  port: number | undefined,
  username: string | undefined,
  will: WillOptions | undefined,
  rest: ClientOptions | undefined,
): Client[] {
  const options: ClientOptions = {
    port,
    username,
    will,
    timeout: port,
    tlsContext: { servername: username },
  };
  return [
    new Client("localhost", port, rest),
    new Client("localhost", rest),
    new Client("localhost", options),
  ];
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
// @ts-expect-error: a PriorityQueue needs an order: PriorityQueue.by(compare)
new Client("localhost", { queueType: PriorityQueue });
// @ts-expect-error: a class, not an instance
new Client("localhost", { queueType: new FifoQueue() });
// @ts-expect-error: a queue has push, shift and length
new Client("localhost", { queueType: Map });
// @ts-expect-error
new Client("localhost", { overflow: "drop-all" });
// @ts-expect-error
new Client("localhost", { maxQueuedIncomingMessages: "10" });

// ---- other options ----

new Client("localhost", { logger: console });
// @ts-expect-error: a logger has four methods
new Client("localhost", { logger: { debug() {}, info() {}, warn() {} } });
// @ts-expect-error: there is no such option
new Client("localhost", { client_id: "me" });
// @ts-expect-error
new Client("localhost", { will: { payload: "a will needs a topic" } });
