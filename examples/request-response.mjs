// Request and response of MQTT 5: one client asks, and another answers.
//
//     node examples/request-response.mjs mqtt://127.0.0.1:1883

import { randomUUID } from "node:crypto";
import { Client, ProtocolVersion } from "mqtt-native";

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: node examples/request-response.mjs URL");
const protocol = ProtocolVersion.V5;

const service = await Client.connect(url, { protocol });
await service.subscribe("math/square", { qos: 1 });
const serving = serve();

const client = await Client.connect(url, { protocol });
const responseTopic = `math/responses/${randomUUID()}`;
await client.subscribe(responseTopic, { qos: 1 });
for (const number of [3, 4, 12]) console.log(`${number}² = ${await ask(number)}`);

await client.disconnect();
await service.disconnect();
await serving;

/** Answers each request on its response topic. */
async function serve() {
  for await (const request of service.messages) {
    const { responseTopic: where, correlationData } = request.properties ?? {};
    if (where === undefined) continue;
    await service.publish(where, Number(request.text()) ** 2, { qos: 1, properties: { correlationData } });
  }
}

/** Sends a request. The correlation data tells its response from late responses to earlier requests. */
async function ask(number) {
  const correlationData = Buffer.from(randomUUID());
  await client.publish("math/square", number, { qos: 1, properties: { responseTopic, correlationData } });
  for (;;) {
    const { value: response } = await client.messages.next({ timeout: 5 });
    if (response.properties?.correlationData?.equals(correlationData)) return response.text();
  }
}
