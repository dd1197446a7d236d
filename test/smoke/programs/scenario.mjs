// Connects, subscribes, publishes, receives and disconnects with the given copy of the package. Nothing may keep the
// process alive afterwards.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const { SMOKE_URLS = "", SMOKE_CA } = process.env;

export async function scenario({ Client, Topic }, name) {
  for (const url of SMOKE_URLS.split(" ")) await exchange(Client, Topic, url, name);
}

async function exchange(Client, Topic, url, name) {
  const options = url.startsWith("mqtts:") ? { tlsContext: { ca: readFileSync(SMOKE_CA) } } : {};
  const client = await Client.connect(url, { ...options, timeout: 30 });
  await client.subscribe(`smoke/${name}`, { qos: 1 });
  await client.publish(`smoke/${name}`, "hello", { qos: 1 });
  const { value: message } = await client.messages.next({ timeout: 30 });
  assert(message.topic instanceof Topic);
  assert.equal(message.topic.value, `smoke/${name}`);
  assert.equal(message.text(), "hello");
  await client.disconnect();
}
