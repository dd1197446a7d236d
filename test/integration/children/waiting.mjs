// waiting.mjs <url>: only an open client keeps the process alive, until a message arrives.

import { Client } from "../../../dist/index.js";

const client = await Client.connect(process.argv[2]);
client.unref().ref();
for await (const message of client.messages) {
  console.log(message.text());
  break;
}
await client.disconnect();
