// This package, as its users write it.

import { Client } from "mqtt-native";

/** `inflight`: how many publishes of QoS 1 and 2 may be under way, where that is not the default. */
export function connect({ port, ca }, { inflight } = {}) {
  const url = `${ca ? "mqtts" : "mqtt"}://127.0.0.1:${port}`;
  return Client.connect(url, {
    ...(ca && { tlsContext: { ca } }),
    ...(inflight && { maxInflightMessages: inflight }),
  });
}

/** Hands over every message until `onMessage` returns true. */
export async function consume(client, onMessage) {
  for await (const message of client.messages) {
    if (onMessage(message.topic.value, message.payload)) return;
  }
  throw new Error("The messages ended too early");
}

export const publish = (client, topic, payload, options) => client.publish(topic, payload, options);
export const subscribe = (client, filter, options) => client.subscribe(filter, options);
export const disconnect = (client) => client.disconnect();
