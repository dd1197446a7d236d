// Connects, subscribes, publishes, receives and ends with the given module, as with MQTT.js. Nothing may keep the
// process alive afterwards.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";

const { SMOKE_URLS = "", SMOKE_CA } = process.env;

export async function scenario({ connect, connectAsync }, name) {
  for (const url of SMOKE_URLS.split(" ")) {
    const options = url.startsWith("mqtts:") ? { ca: readFileSync(SMOKE_CA) } : {};
    await withEvents(connect(url, options), name);
    await withPromises(await connectAsync(url, options), name);
  }
}

async function withEvents(client, name) {
  await once(client, "connect");
  client.subscribe(`smoke/${name}`, { qos: 1 }, (error, [{ qos }]) => {
    assert.equal(error, null);
    assert.equal(qos, 1);
    client.publish(`smoke/${name}`, "hello", { qos: 1 });
  });
  const [topic, payload] = await once(client, "message");
  assert.equal(topic, `smoke/${name}`);
  assert.equal(payload.toString(), "hello");
  await new Promise((resolve) => client.end(resolve));
}

async function withPromises(client, name) {
  await client.subscribeAsync(`smoke/${name}`);
  const message = once(client, "message");
  await client.publishAsync(`smoke/${name}`, "hello again");
  const [, payload] = await message;
  assert.equal(payload.toString(), "hello again");
  await client.endAsync();
}
