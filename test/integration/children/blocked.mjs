// blocked.mjs <url> <protocol> <how>: connects with a keepalive of 2 s and blocks the event loop for three of them.
// Prints a message that arrives on the same connection afterwards.

import { Client } from "../../../dist/index.js";

const [url, protocol, how] = process.argv.slice(2);
const BLOCKED = 6_000;

const ways = {
  "Atomics.wait": () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKED),
  "a busy loop": () => {
    const end = performance.now() + BLOCKED;
    while (performance.now() < end);
  },
};

const client = await Client.connect(url, { protocol: Number(protocol), keepalive: 2 });
await client.subscribe("while/blocked", { qos: 1 });
client.closed.then((error) => console.log(`closed: ${error}`));
await client.publish("about/to/block", "", { qos: 1 });
ways[how]();
await client.publish("still/there", "", { qos: 1 });
const { value } = await client.messages.next({ timeout: 5 });
console.log(`received: ${value.text()}`);
await client.disconnect();
