// Prints messages until Ctrl-C. Connects again when the connection is lost.
//
//     node examples/subscribe.mjs mqtt://127.0.0.1:1883 'plant/#'

import { setTimeout as sleep } from "node:timers/promises";
import { Client, MqttError } from "mqtt-native";

const [url, filter = "#"] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: node examples/subscribe.mjs URL [FILTER]");

const client = new Client(url);
let stopped = false;
process.once("SIGINT", () => {
  stopped = true;
  client.disconnect(); // ends the iteration below
});

while (!stopped) {
  try {
    await client.connect();
    await client.subscribe(filter, { qos: 1 });
    console.log(`subscribed to ${filter}`);
    for await (const message of client.messages) {
      const retained = message.retain ? " (retained)" : "";
      console.log(`${message.topic}${retained}: ${message.text()}`);
    }
  } catch (error) {
    // A broker that refuses a subscription would refuse it again.
    if (!(error instanceof MqttError) || error.code === "REFUSED") throw error;
    if (!stopped) console.error(`${error.message} (${error.code}); once more in 2 s`);
  } finally {
    await client.disconnect(); // a failed subscribe leaves the connection open
  }
  if (!stopped) await sleep(2000);
}
