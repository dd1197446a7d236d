// Subscribes and prints the next five messages. `await using` disconnects at the end of the block, even after an error.
//
//     npx tsc -p examples
//     node build/examples/subscribe.js mqtt://127.0.0.1:1883 'plant/#'

import { Client, type Message } from "mqtt-native";

const [url, filter = "#"] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: subscribe URL [FILTER]");

await using client = await Client.connect(url);
const [answer] = await client.subscribe(filter, { qos: 1 });
console.log(`subscribed to ${filter}: ${answer?.name}`);

let left = 5;
for await (const message of client.messages) {
  print(message);
  if (--left === 0) break;
}

function print({ topic, payload, qos, retain }: Message): void {
  const kind = topic.matches("plant/+/temperature") ? "temperature" : "other";
  console.log(`${kind}, QoS ${qos}${retain ? ", retained" : ""}: ${topic} ${payload.byteLength} bytes`);
}
