// blocked.mjs <url> <version> <topic> <user name> <password>
//
// The program blocks its event loop for longer than a broker waits for a silent client. Then it publishes on the same
// connection.

import { strict as assert } from "node:assert";
import { Client, ProtocolVersion } from "mqtt-native";

const KEEPALIVE = 2;
const BLOCKED = 6_500;

const [url, version, topic, username, password] = process.argv.slice(2);
const protocol = version === "5" ? ProtocolVersion.V5 : ProtocolVersion.V311;
const credentials = username === "" ? {} : { username, password };
const client = await Client.connect(url, { ...credentials, protocol, keepalive: KEEPALIVE });
await client.subscribe(topic, { qos: 1 });
const end = performance.now() + BLOCKED;
while (performance.now() < end);
await client.publish(topic, "still here", { qos: 1 });
const { value } = await client.messages.next({ timeout: 10 });
assert.equal(value.text(), "still here");
await client.disconnect();
