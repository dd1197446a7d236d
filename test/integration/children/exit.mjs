// exit.mjs <case> <url>: one way for a process to end. Prints a line just before the end.

import { Client } from "../../../dist/index.js";

const [name, url] = process.argv.slice(2);

async function* traffic() {
  const client = await Client.connect(url);
  await client.subscribe("traffic", { qos: 1 });
  const send = () => client.publish("traffic", "x".repeat(100), { qos: 1 }).then(send, () => {});
  for (let i = 0; i < 100; i++) send();
  for await (const message of client.messages) yield message;
}

/** Exchanges one message at a time. Resolves after 500 messages and goes on. */
async function promptAnswers() {
  const client = await Client.connect(url);
  await client.subscribe("traffic", { qos: 1 });
  const ask = () => client.publish("traffic", "x", { qos: 1 }).catch(() => {});
  const manyCame = new Promise((resolve) => {
    (async () => {
      let count = 0;
      for await (const _message of client.messages) {
        if (++count === 500) resolve();
        ask();
      }
    })();
  });
  ask();
  await manyCame;
  return client;
}

const cases = {
  async "process.exit() with an idle client"() {
    await Client.connect(url);
    console.log("ending");
    process.exit(7);
  },
  async "process.exit() with traffic"() {
    let count = 0;
    for await (const _message of traffic()) {
      if (++count < 1_000) continue;
      console.log("ending");
      process.exit(7);
    }
  },
  async "process.exit() amid prompt answers"() {
    await promptAnswers();
    console.log("ending");
    process.exit(7);
  },
  async "process.exit() with a hundred clients"() {
    const clients = await Promise.all(Array.from({ length: 100 }, () => Client.connect(url)));
    for (const client of clients) client.publish("t", "p", { qos: 2 });
    console.log("ending");
    process.exit(7);
  },
  async "process.exit() while connecting"() {
    new Client(url).connect();
    new Client("localhost", 1).connect().catch(() => {});
    console.log("ending");
    process.exit(7);
  },
  async "process.exit() while disconnecting"() {
    const client = await Client.connect(url);
    client.disconnect();
    console.log("ending");
    process.exit(7);
  },
  async "an uncaught exception"() {
    await Client.connect(url);
    console.log("ending");
    setImmediate(() => {
      throw new Error("on purpose");
    });
  },
  async "an uncaught exception in a loop over messages"() {
    for await (const _message of traffic()) {
      console.log("ending");
      throw new Error("on purpose");
    }
  },
  async "the end of the script after disconnect"() {
    const client = await Client.connect(url);
    await client.publish("t", "p", { qos: 2 });
    await client.disconnect();
    console.log("ending");
  },
  async "the end of the script with unsettled promises after disconnect"() {
    const client = await Client.connect(url);
    client.publish("t", "p", { qos: 2 }).catch(() => {});
    await client.disconnect({ timeout: 0 });
    console.log("ending");
  },
  async "the end of the script with an unref'd client"() {
    const client = await Client.connect(url);
    client.unref();
    console.log("ending");
  },
  async "the end of the script with traffic of unref'd clients"() {
    const clients = await Promise.all(Array.from({ length: 10 }, () => Client.connect(url)));
    await Promise.all(clients.map((client) => client.subscribe("traffic")));
    for (const client of clients) {
      client.unref();
      for (let i = 0; i < 200; i++) client.publish("traffic", "p", { qos: 1 }).catch(() => {});
    }
    console.log("ending");
  },
  async "the end of the script amid prompt answers to an unref'd client"() {
    const client = await promptAnswers();
    client.unref();
    console.log("ending");
  },
  async "the end of the script with a client that was unref'd before"() {
    const client = new Client(url).unref();
    const held = setTimeout(() => {}, 60_000);
    await client.connect();
    clearTimeout(held);
    console.log("ending");
  },
  async "the end of the script after a failed connect"() {
    const client = new Client("127.0.0.1", 1);
    await client.connect().catch(() => {});
    console.log("ending");
  },
  async "the end of the script after an attempt that timed out"() {
    const client = new Client(url);
    await client.connect({ timeout: 0 }).catch(() => {});
    console.log("ending");
  },
  async "the end of the script after the connection was lost"() {
    const client = await Client.connect(url);
    client.publish("please/reset", "");
    await client.closed;
    console.log("ending");
  },
  async "the end of the script with a client that never connected"() {
    new Client(url);
    console.log("ending");
  },
};

await cases[name]();
