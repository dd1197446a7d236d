// Request and response of MQTT 5: one client asks, and another answers.
//
//     node examples/request-response.mjs mqtt://127.0.0.1:1883

import { Client, ProtocolVersion, ResponseError } from "mqtt-native";

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: node examples/request-response.mjs URL");
const protocol = ProtocolVersion.V5;

const service = await Client.connect(url, { protocol });
const responder = await service.respond("math/root", (request) => {
  const number = Number(request.text());
  if (number < 0) throw new ResponseError("a negative number has no real root");
  return Math.sqrt(number);
});

const client = await Client.connect(url, { protocol });
const roots = await Promise.all([9, 16, 144].map((number) => client.request("math/root", number)));
console.log(`the roots are ${roots.map((response) => response.text()).join(", ")}`);

try {
  await client.request("math/root", -1, { timeout: 5 });
} catch (error) {
  if (!(error instanceof ResponseError)) throw error;
  console.log(error.message);
}

await responder.unsubscribe();
await client.disconnect();
await service.disconnect();
