// reconnecting.mjs <case> <url>: ways for a process to end whose client reconnects. Prints a line just before the end.

import { Client } from "../../../dist/index.js";

const [name, url] = process.argv.slice(2);

/** A client whose broker is gone. */
async function abandoned(options = {}) {
  const client = new Client(url, { reconnect: options });
  const events = client.connectionEvents();
  await client.connect();
  client.publish("please/go", "");
  for await (const { state } of events) if (state === "reconnecting") break;
  return client;
}

const cases = {
  async "process.exit() before the next attempt"() {
    await abandoned({ minDelay: 30 });
    console.log("ending");
    process.exit(7);
  },
  async "process.exit() amid attempts"() {
    await abandoned({ minDelay: 0, maxDelay: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    console.log("ending");
    process.exit(7);
  },
  async "the end of the script after disconnect while reconnecting"() {
    const client = await abandoned({ minDelay: 30 });
    client.publish("t", "", { qos: 1 }).catch(() => {});
    await client.disconnect();
    console.log("ending");
  },
  async "the end of the script with an unref'd client before its next attempt"() {
    const client = await abandoned({ minDelay: 30 });
    client.unref();
    console.log("ending");
  },
  async "the end of the script with an unref'd client amid attempts"() {
    const client = await abandoned({ minDelay: 0, maxDelay: 0.01 });
    client.unref();
    console.log("ending");
  },
  async "the end of the script with a client that was unref'd before the loss"() {
    const held = setTimeout(() => {}, 60_000);
    const client = new Client(url, { reconnect: { minDelay: 30 } }).unref();
    const events = client.connectionEvents();
    await client.connect();
    client.publish("please/go", "");
    for await (const { state } of events) if (state === "reconnecting") break;
    clearTimeout(held);
    console.log("ending");
  },
  async "the end of the script with waits for an unref'd client"() {
    const client = await abandoned({ minDelay: 30 });
    client.unref();
    client.ready().catch(() => {});
    client.connectionEvents().next();
    client.messages.next();
    client.publish("t", "", { qos: 1 }).catch(() => {});
    console.log("ending");
  },
  async "the end of the script with waits for a client that never connects"() {
    const client = new Client(url, { reconnect: true });
    client.ready().catch(() => {});
    client.connectionEvents().next();
    console.log("ending");
  },
  async "the end of the script after the client has given up"() {
    const client = await abandoned({ minDelay: 0, maxDelay: 0, maxAttempts: 2 });
    await client.closed;
    console.log("ending");
  },
  async "the end of the script after a first connect that timed out"() {
    const client = new Client("127.0.0.1", 1, { reconnect: true });
    await client.connect({ timeout: 0.1 }).catch(() => {});
    console.log("ending");
  },
  async "a message after the broker has come back"() {
    const client = await abandoned({ minDelay: 0.01, maxDelay: 0.1 });
    for await (const message of client.messages) {
      console.log(message.text());
      await client.disconnect();
    }
  },
};

await cases[name]();
