import assert from "node:assert/strict";
import { Client, type ClientOptions, type Message, ProtocolVersion, type ReasonCodes } from "mqtt-native";
import { Topic } from "mqtt-native/topic";

const url: string = process.env.SMOKE_URLS?.split(" ")[0] ?? "";
const options: ClientOptions = { protocol: ProtocolVersion.V5, keepalive: 30 };

await using client: Client = await Client.connect(url, options);
const codes: ReasonCodes = await client.subscribe(new Topic("smoke/typed"), { qos: 1 });
assert.equal(codes.length, 1);
await client.publish("smoke/typed", JSON.stringify({ hello: "world" }), { qos: 1 });
for await (const message of client.messages) {
  const received: Message = message;
  assert.equal(received.json<{ hello: string }>().hello, "world");
  break;
}
