import assert = require("node:assert/strict");
import mqtt = require("mqtt-native");

import { Wildcard } from "mqtt-native/topic";

async function main(): Promise<void> {
  const client: mqtt.Client = new mqtt.Client(process.env.SMOKE_URLS?.split(" ")[0] ?? "");
  await client.connect();
  const { mid }: mqtt.PublishResult = await client.publish("smoke/typed-common", "hello", { qos: 1 });
  assert.equal(typeof mid, "number");
  assert.equal(new mqtt.Topic("smoke/typed-common").matches(new Wildcard("smoke/+")), true);
  await client.disconnect();
}

main();
