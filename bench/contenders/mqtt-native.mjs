// This package, as its users write it.

import { Client } from "mqtt-native";

/** `inflight`: how many publishes of QoS 1 and 2 may be under way, where that is not the default. */
export function connect(port, { inflight } = {}) {
  return Client.connect("127.0.0.1", { port, ...(inflight && { maxInflightMessages: inflight }) });
}

/** Subscribes, and hands over so many messages. */
export async function receive(client, { filter, qos, count }, onMessage) {
  await client.subscribe(filter, { qos });
  let received = 0;
  for await (const message of client.messages) {
    onMessage(message.topic.value, message.payload);
    if (++received === count) return;
  }
  throw new Error("The messages ended too early");
}

export const publish = (client, topic, payload, options) => client.publish(topic, payload, options);

/** Resolves with the time at which the reply to this message has come. */
export async function roundTrip(client, { topic, payload, options }) {
  const published = client.publish(topic, payload, options);
  await client.messages.next();
  const end = performance.now();
  await published;
  return end;
}

export const subscribe = (client, filter, options) => client.subscribe(filter, options);
export const disconnect = (client) => client.disconnect();
