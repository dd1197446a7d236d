// Brings a client to a step of its life and leaves it there, with calls pending. The broker of lifetime.test.ts does
// not answer packets about "silence".

import { once } from "node:events";
import { createServer } from "node:net";
import { Client } from "../../../dist/index.js";

const V5 = 5;

export const ignore = () => {};

let silent;

/** Starts a server that accepts connections and never sends. It keeps no process alive. */
async function listenInSilence() {
  const server = createServer((socket) => {
    socket.on("error", ignore).unref();
    socket.on("data", () => server.emit("spoken to"));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server.unref();
}

/** Connects to that server by a transport above TCP, and waits until the server has received bytes. */
async function speakToSilence(clientTo) {
  silent ??= listenInSilence();
  const server = await silent;
  const client = clientTo(server.address().port);
  const spokenTo = once(server, "spoken to");
  client.connect().catch(ignore);
  await spokenTo;
  return client;
}

/** The steps. Calls without an answer are never awaited, so their promises stay pending. */
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
    await client.connect().catch(ignore); // the refusal shows that the first attempt has begun
    return client;
  },

  securing: () => speakToSilence((port) => new Client(`mqtts://127.0.0.1:${port}`)),

  upgrading: () => speakToSilence((port) => new Client(`ws://127.0.0.1:${port}`)),

  proxying: (url) =>
    speakToSilence((proxyPort) => {
      const proxy = { proxyType: "socks5", proxyAddr: "127.0.0.1", proxyPort };
      return new Client(url, { proxy });
    }),

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
