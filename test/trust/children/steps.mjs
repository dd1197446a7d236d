// Takes a client to a step of its life and leaves it there, with work under way. The broker (lifetime.test.ts) leaves
// unanswered what speaks of "silence".

import { Client } from "../../../dist/index.js";

const V5 = 5;

export const ignore = () => {};

/** What a client of another step needs no answer to is never awaited: the promises stay pending. */
export const steps = {
  constructed: async (url) => new Client(url),

  async dialing(url) {
    const client = new Client(`mqtt://localhost:${new URL(url).port}`);
    client.connect().catch(ignore);
    return client;
  },

  async connecting(url) {
    const client = new Client(url, { identifier: "silence" });
    client.connect().catch(ignore);
    await client.connect().catch(ignore); // refused: so the attempt has begun
    return client;
  },

  connected: (url) => Client.connect(url),

  async subscribing(url) {
    const client = await Client.connect(url, { protocol: V5 });
    for (let index = 0; index < 20; index++) client.subscribe(["a", "silence/#"]).catch(ignore);
    return client;
  },

  async receiving(url) {
    const client = await Client.connect(url);
    (async () => {
      for await (const message of client.messages) void message.payload;
    })().catch(ignore);
    await client.subscribe("flood/+", { qos: 2 });
    while (client.statistics.messagesReceived < 1_000) await new Promise(setImmediate);
    return client;
  },

  async publishing(url) {
    const client = await Client.connect(url, { maxInflightMessages: 100 });
    for (const topic of ["silence", "t"])
      for (let index = 0; index < 300; index++)
        client.publish(topic, Buffer.alloc(index * 100), { qos: index % 3 }).catch(ignore);
    await client.publish("t", "", { timeout: 0.05 }).catch(ignore);
    return client;
  },

  async disconnecting(url) {
    const client = await Client.connect(url, { identifier: "slow to close" });
    client.publish("silence", "", { qos: 2 }).catch(ignore);
    client.disconnect({ timeout: 0.02 });
    await new Promise((resolve) => setTimeout(resolve, 30));
    return client;
  },

  async disconnected(url) {
    const client = await Client.connect(url);
    await client.publish("t", "p", { qos: 2 });
    await client.disconnect();
    return client;
  },

  async lost(url) {
    const client = await Client.connect(url);
    client.publish("reset", "").catch(ignore);
    await client.closed;
    return client;
  },
};
