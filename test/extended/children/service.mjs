// Services that store messages in files, slowly, and that their parent kills. Arguments: the number of this process, a
// seed, and the services as JSON. Prints "running" when all are connected. Disconnects after the message "stop".

import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../../dist/index.js";

const [life, seed, services] = [process.argv[2], Number(process.argv[3]), JSON.parse(process.argv[4])];
const BATCH = 5;
let state = seed;

/** A pseudo-random number from 0 to 1. */
function random() {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const work = () => delay(4 + 4 * random());

/** Stores messages. Each line has the number of this process, that of the batch, and the text. */
async function store(file, batch, messages) {
  await file.appendFile(messages.map((message) => `${life} ${batch} ${message.text()}\n`).join(""));
  await file.datasync();
}

/** Stores each message in a body, and leaves some loops before and some after that. */
async function storeEach(source, file) {
  for (let batch = 0, hasEnded = false; !hasEnded; ) {
    try {
      hasEnded = true;
      for await (const message of source) {
        await work();
        const choice = random();
        hasEnded = false;
        if (choice < 0.1) break;
        if (choice < 0.2) throw new Error("the body failed");
        await store(file, batch++, [message]);
        if (choice < 0.3) {
          message.acknowledge();
          break;
        }
        hasEnded = true;
      }
    } catch (error) {
      if (error.message !== "the body failed") throw error;
    }
  }
}

/** Stores what is queued, up to a batch, and acknowledges it in any order. */
async function storeBatches(source, file) {
  for (let batch = 0; ; batch++) {
    const { value, done } = await source.next();
    if (done) return;
    const messages = [value];
    while (messages.length < BATCH && source.length > 0) messages.push((await source.next()).value);
    await work();
    await store(file, batch, messages);
    for (const message of messages.sort(() => random() - 0.5)) message.acknowledge();
  }
}

/** A stream that is made before the first connection gets the first messages of the session. */
async function connect({ url, filter, source, qos, options }) {
  if (source === "messages") {
    const client = await Client.connect(url, options);
    await client.subscribe(filter, { qos });
    return { client, messages: client.messages };
  }
  const { acknowledge, ...rest } = options;
  const client = new Client(url, { ...rest, reconnect: true });
  const messages = await client.stream(filter, { qos, acknowledge });
  await client.connect();
  return { client, messages };
}

const clients = [];
const ends = services.map(async (service) => {
  const file = await open(service.file, "a");
  const { client, messages } = await connect(service);
  clients.push(client);
  if (clients.length === services.length) process.send("running");
  await (service.options.acknowledge === "manual" ? storeBatches : storeEach)(messages, file);
  await file.close();
});

process.once("message", async () => {
  await Promise.all(clients.map((client) => client.disconnect({ drain: true })));
  await Promise.all(ends);
  process.disconnect();
});
await Promise.all(ends);
