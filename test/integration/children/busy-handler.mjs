// busy-handler.mjs <url> <seconds>: answers each message with a publish. A message on the topic "block" makes it block
// the event loop.

import { Client } from "../../../dist/index.js";

const [url, seconds] = process.argv.slice(2);
const client = await Client.connect(url);
await client.subscribe("#", { qos: 1 });
await client.publish("answer", "");
for await (const message of client.messages) {
  if (message.topic.value === "block") break;
  await client.publish("answer", "");
}
const end = performance.now() + 1000 * Number(seconds);
while (performance.now() < end);
await client.disconnect();
