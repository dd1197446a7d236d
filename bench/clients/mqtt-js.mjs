// MQTT.js, the npm package `mqtt`, as its users call it. It has no limit of messages in flight.

import { randomBytes } from "node:crypto";

/**
 * Loads MQTT.js; for a client of another name the interface of MQTT.js in this package. `before` is the folder of
 * another checkout that has been built.
 */
export async function load(name, before) {
  const theirs = name.startsWith("MQTT.js");
  const ours = before === undefined ? "mqtt-native/mqttjs" : `${before}/dist/mqttjs/index.js`;
  const { connectAsync } = await import(theirs ? "mqtt" : ours);
  return {
    async connect({ host = "127.0.0.1", port, ca }, { noDelay, hasRequests } = {}) {
      const url = `${ca ? "mqtts" : "mqtt"}://${host}:${port}`;
      const version = hasRequests && { protocolVersion: 5 };
      const client = await connectAsync(url, { reconnectPeriod: 0, ...(ca && { ca }), ...version });
      // MQTT.js leaves Nagle's algorithm on and has no option for it.
      if (noDelay) client.stream.setNoDelay(true);
      return client;
    },

    consume,
    publish: (client, topic, payload, options) => client.publishAsync(topic, payload, options),
    publishWithCallback: (client, topic, payload, options, callback) =>
      void client.publish(topic, payload, options, callback),
    subscribe: (client, filter, options) => client.subscribeAsync(filter, options),
    disconnect: (client) => client.endAsync(),
    request,
    respond,
  };
}

/** Passes every message to `onMessage` until that returns true. */
function consume(client, onMessage) {
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

/** The pending requests of each client, and its topic of responses. MQTT.js leaves them to programs. */
const requesters = new WeakMap();

async function openRequester(client, qos) {
  const pending = new Map();
  const responseTopic = `response/${client.options.clientId}`;
  client.on("message", (_topic, payload, { properties }) => {
    const key = properties?.correlationData?.toString("latin1");
    pending.get(key)?.(payload);
    pending.delete(key);
  });
  await client.subscribeAsync(responseTopic, { qos });
  return { pending, responseTopic };
}

async function request(client, topic, payload, { qos, responseQos }) {
  if (!requesters.has(client)) requesters.set(client, openRequester(client, responseQos));
  const { pending, responseTopic } = await requesters.get(client);
  const correlationData = randomBytes(12);
  const response = new Promise((resolve) => pending.set(correlationData.toString("latin1"), resolve));
  await client.publishAsync(topic, payload, { qos, properties: { responseTopic, correlationData } });
  return { payload: await response };
}

/** Answers with the payload of the request. */
async function respond(client, topic, { qos }) {
  client.on("message", (_topic, payload, { properties }) => {
    const { responseTopic, correlationData } = properties;
    client.publish(responseTopic, payload, { qos, properties: { correlationData } });
  });
  await client.subscribeAsync(topic, { qos });
}
