// MQTT.js, the npm package `mqtt`, as its users write it. It has no limit of messages that are under way.

import mqtt from "mqtt";

export async function connect(port, { noDelay } = {}) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  // It leaves Nagle's algorithm on and has no option for that.
  if (noDelay) client.stream.setNoDelay(true);
  return client;
}

/** Subscribes, and hands over so many messages. */
export async function receive(client, { filter, qos, count }, onMessage) {
  let received = 0;
  const { promise, resolve, reject } = withResolvers();
  const onClose = () => reject(new Error("The connection was lost"));
  client.once("close", onClose);
  client.on("message", (topic, payload) => {
    try {
      onMessage(topic, payload);
    } catch (error) {
      reject(error);
    }
    if (++received === count) resolve();
  });
  await client.subscribeAsync(filter, { qos });
  await promise;
  client.off("close", onClose).removeAllListeners("message");
}

function withResolvers() {
  const all = {};
  all.promise = new Promise((resolve, reject) => Object.assign(all, { resolve, reject }));
  return all;
}

export const publish = (client, topic, payload, options) => client.publishAsync(topic, payload, options);

/** Resolves with the time at which the reply to this message has come. */
export async function roundTrip(client, { topic, payload, options }) {
  const replied = new Promise((resolve) => {
    client.once("message", () => resolve(performance.now()));
  });
  const published = client.publishAsync(topic, payload, options);
  const end = await replied;
  await published;
  return end;
}

export const subscribe = (client, filter, options) => client.subscribeAsync(filter, options);
export const disconnect = (client) => client.endAsync();
