// This package, as its users call it.

/** `before` is the folder of another checkout that has been built; the default is this one. */
export async function load(before) {
  const { Client } = await import(before === undefined ? "mqtt-native" : `${before}/dist/index.js`);
  return {
    /** `inflight` is the limit of QoS 1 and 2 publishes in flight, unless it is the default. */
    connect({ host = "127.0.0.1", port, ca }, { inflight, busyPoll } = {}) {
      const url = `${ca ? "mqtts" : "mqtt"}://${host}:${port}`;
      return Client.connect(url, {
        ...(ca && { tlsContext: { ca } }),
        ...(inflight && { maxInflightMessages: inflight }),
        ...(busyPoll && { busyPoll }),
      });
    },

    consume,
    publish: (client, topic, payload, options) => client.publish(topic, payload, options),
    subscribe: (client, filter, options) => client.subscribe(filter, options),
    disconnect: (client) => client.disconnect(),
  };
}

/** Passes every message to `onMessage` until that returns true. */
async function consume(client, onMessage) {
  for await (const message of client.messages) {
    if (onMessage(message.topic.value, message.payload)) return;
  }
  throw new Error("The messages ended too early");
}
