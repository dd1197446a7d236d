// This package, as its users call it.

/** `before` is the folder of another checkout that has been built; the default is this one. */
export async function load(_name, before) {
  const { Client, ProtocolVersion } = await import(
    before === undefined ? "mqtt-native" : `${before}/dist/index.js`
  );
  return {
    /** `inflight` is the limit of QoS 1 and 2 publishes in flight, unless it is the default. */
    connect({ host = "127.0.0.1", port, ca }, { inflight, busyPoll, acknowledge, hasRequests } = {}) {
      const url = `${ca ? "mqtts" : "mqtt"}://${host}:${port}`;
      return Client.connect(url, {
        ...(ca && { tlsContext: { ca } }),
        ...(inflight && { maxInflightMessages: inflight }),
        ...(busyPoll && { busyPoll }),
        ...(acknowledge && { acknowledge }),
        ...(hasRequests && { protocol: ProtocolVersion.V5 }),
      });
    },

    consume,
    consumeStream,
    request: (client, topic, payload, options) => client.request(topic, payload, options),
    respond: (client, topic, options) => client.respond(topic, ({ payload }) => payload, options),
    publish: (client, topic, payload, options) => client.publish(topic, payload, options),
    subscribe: (client, filter, options) => client.subscribe(filter, options),
    disconnect: (client) => client.disconnect(),
  };
}

/** Passes every message to `onMessage` until that returns true. */
async function consume(client, onMessage) {
  await consumeFrom(client.messages, onMessage);
}

/** Opens a stream, which subscribes, and passes its messages to `onMessage` until that returns true. */
async function consumeStream(client, filter, options, onMessage) {
  const stream = await client.stream(filter, options);
  if (onMessage === undefined) return;
  await consumeFrom(stream, onMessage);
  stream.unsubscribe().catch(() => {}); // the client may disconnect before
}

async function consumeFrom(messages, onMessage) {
  for await (const message of messages) {
    if (!onMessage(message.topic.value, message.payload)) continue;
    message.acknowledge?.(); // the loop is left, so it would not be acknowledged
    return;
  }
  throw new Error("The messages ended too early");
}
