// This package, as its users write it.

/** `before`: the folder of another checkout, which has been built; without it this one. */
export async function load(before) {
  const { Client } = await import(before === undefined ? "mqtt-native" : `${before}/dist/index.js`);
  return {
    /** `inflight`: how many publishes of QoS 1 and 2 may be under way, where that is not the default. */
    connect({ host = "127.0.0.1", port, ca }, { inflight } = {}) {
      const url = `${ca ? "mqtts" : "mqtt"}://${host}:${port}`;
      return Client.connect(url, {
        ...(ca && { tlsContext: { ca } }),
        ...(inflight && { maxInflightMessages: inflight }),
      });
    },

    consume,
    publish: (client, topic, payload, options) => client.publish(topic, payload, options),
    subscribe: (client, filter, options) => client.subscribe(filter, options),
    disconnect: (client) => client.disconnect(),
  };
}

/** Hands over every message until `onMessage` returns true. */
async function consume(client, onMessage) {
  for await (const message of client.messages) {
    if (onMessage(message.topic.value, message.payload)) return;
  }
  throw new Error("The messages ended too early");
}
