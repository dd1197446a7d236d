// descriptors.mjs <port>: connects when the process has no descriptor left, and again when it has some. Prints the
// outcome of each attempt.

import { closeSync, openSync } from "node:fs";
import { Client } from "../../../dist/index.js";

const [port] = process.argv.slice(2);
const client = new Client("127.0.0.1", Number(port));

const taken = [];
try {
  for (;;) taken.push(openSync("/dev/null"));
} catch {}
await client.connect().then(
  () => console.log("connected"),
  ({ code }) => console.log(code),
);
for (const descriptor of taken) closeSync(descriptor);

await client.connect();
await client.publish("there", "", { qos: 1 });
await client.disconnect();
console.log("published");
