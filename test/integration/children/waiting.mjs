// waiting.mjs <url>: has nothing but an open client to stay alive for, until a message comes.

import { Client } from "../../../dist/index.js";

const client = await Client.connect(process.argv[2]);
client.unref().ref();
for await (const message of client.messages) {
  console.log(message.text());
  break;
}
await client.disconnect();
