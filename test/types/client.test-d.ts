// Statements that must compile, and others that must not. The file is never run: `npm run lint` checks its types.

import {
  Client,
  type Message,
  type MessageIterator,
  type MqttError,
  type NextOptions,
  type PublishResult,
  ReasonCode,
  type ReasonCodes,
  type Statistics,
  Topic,
  Wildcard,
} from "mqtt-native";

declare const client: Client;

/** Compiles when the value has exactly this type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_same: Same<A, B>): void {}

// ---- results of methods ----

same<Awaited<ReturnType<Client["connect"]>>, Client>(true);
same<Awaited<ReturnType<Client["publish"]>>, PublishResult>(true);
same<Awaited<ReturnType<Client["subscribe"]>>, ReasonCodes>(true);
same<Awaited<ReturnType<Client["unsubscribe"]>>, ReasonCodes>(true);
same<Awaited<Client["closed"]>, MqttError | undefined>(true);
same<Client["statistics"], Statistics>(true);
same<Client["pendingCallsThreshold"], number>(true);

class Meter extends Client {
  readonly unit = "kWh";
}
export const connecting: Promise<Client> = Client.connect("localhost", 1883, { timeout: 1 });
same<Awaited<ReturnType<typeof Meter.connect<Meter>>>, Meter>(true);

declare const iterator: MessageIterator;
same<ReturnType<Client["messages"][typeof Symbol.asyncIterator]>, MessageIterator>(true);
same<ReturnType<typeof iterator.next>, Promise<IteratorResult<Message, undefined>>>(true);
same<Parameters<typeof iterator.next>[0], NextOptions | undefined>(true);
same<typeof iterator.length, number>(true);
// @ts-expect-error: the members of a message do not change
export const changing = (message: Message) => (message.qos = 1);
client.publish("t", new SharedArrayBuffer(1));

export async function iterate(): Promise<void> {
  for await (const message of client.messages) {
    same<typeof message, Message>(true);
    same<typeof message.qos, 0 | 1 | 2>(true);
    same<typeof message.payload, Buffer>(true);
    const reading = message.json<{ celsius: number }>();
    same<typeof reading.celsius, number>(true);
    // @ts-expect-error: the type of JSON from a broker is unknown unless the program gives it
    message.json().celsius;
    // @ts-expect-error: messages are immutable
    message.topic = new Topic("other");
  }
  await using another = await client.connect();
  same<typeof another, Client>(true);
}

// ---- publish ----

client.publish("t");
client.publish(new Topic("t"), "text", { qos: 1, retain: true, timeout: 1, signal: AbortSignal.timeout(1) });
for (const payload of [
  "",
  1,
  1n,
  null,
  undefined,
  new Uint8Array(1),
  new Float64Array(1),
  new ArrayBuffer(1),
])
  client.publish("t", payload);
client.publish("t", "p", { properties: { contentType: "text/plain", userProperties: [["a", "b"]] } });
// @ts-expect-error
client.publish("t", "p", { qos: 3 });
// @ts-expect-error: an object has no single encoding
client.publish("t", { a: 1 });
// @ts-expect-error
client.publish("t", true);
// @ts-expect-error
client.publish("t", "p", { retian: true });
// @ts-expect-error
client.publish("t", "p", 1);
// @ts-expect-error: a message goes to a topic, not to a filter
client.publish(new Wildcard("t/#"));
// @ts-expect-error: the property belongs to another packet
client.publish("t", "p", { properties: { sessionExpiryInterval: 1 } });
// @ts-expect-error
client.publish("t", "p", { properties: { userProperties: { a: "b" } } });

// ---- subscribe, unsubscribe ----

client.subscribe("a/#", { qos: 1, noLocal: true });
client.subscribe(new Wildcard("a/#"));
client.subscribe(["a", 1]);
client.subscribe(["a", { qos: 2, retainHandling: 1 }]);
client.subscribe(["a", new Topic("b"), ["c", 2], ["d", { retainAsPublished: true }]]);
client.unsubscribe(["a", new Wildcard("b/#")]);
// @ts-expect-error
client.subscribe("a", { qos: 3 });
// @ts-expect-error
client.subscribe(["a", { retainHandling: 3 }]);
// @ts-expect-error
client.subscribe();
// @ts-expect-error: aiomqtt has a positional QoS; here options have names
client.subscribe("a", 1);
// @ts-expect-error
client.subscribe("a", { QoS: 1 });
// @ts-expect-error: an unsubscribed filter has no QoS
client.unsubscribe([["a", 1]]);

// ---- members that a program can neither create nor change ----

// @ts-expect-error
client.connected = true;
// @ts-expect-error
client.identifier = "other";
// @ts-expect-error
client.statistics.connects = 0;
// @ts-expect-error: only the client creates reason codes
new ReasonCode(0, "Success");
