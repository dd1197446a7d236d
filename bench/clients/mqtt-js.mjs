// MQTT.js, the npm package `mqtt`, as its users call it. It has no limit of messages in flight.

import mqtt from "mqtt";

export async function connect({ host = "127.0.0.1", port, ca }, { noDelay } = {}) {
  const url = `${ca ? "mqtts" : "mqtt"}://${host}:${port}`;
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...(ca && { ca }) });
  // MQTT.js leaves Nagle's algorithm on and has no option for it.
  if (noDelay) client.stream.setNoDelay(true);
  return client;
}

/** Passes every message to `onMessage` until that returns true. */
export function consume(client, onMessage) {
  return new Promise((resolve, reject) => {
    const end = (settle, value) => {
      client.off("close", onClose).removeAllListeners("message");
      settle(value);
    };
    const onClose = () => end(reject, new Error("The connection was lost"));
    client.once("close", onClose);
    client.on("message", (topic, payload) => {
      try {
        if (onMessage(topic, payload)) end(resolve);
      } catch (error) {
        end(reject, error);
      }
    });
  });
}

export const publish = (client, topic, payload, options) => client.publishAsync(topic, payload, options);
export const subscribe = (client, filter, options) => client.subscribeAsync(filter, options);
export const disconnect = (client) => client.endAsync();
