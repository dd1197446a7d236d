// Prints messages until Ctrl-C. The client connects and subscribes again after each loss of the connection.
//
//     node examples/subscribe.mjs mqtt://127.0.0.1:1883 'plant/#'

import { Client } from "mqtt-native";

const [url, filter = "#"] = process.argv.slice(2);
if (url === undefined) throw new Error("usage: node examples/subscribe.mjs URL [FILTER]");

const client = new Client(url, { reconnect: true });
report();
await client.connect();
try {
  await client.subscribe(filter, { qos: 1 });
  console.log(`subscribed to ${filter}`);
  process.once("SIGINT", () => client.disconnect()); // ends the iteration below
  for await (const message of client.messages) {
    const retained = message.retain ? " (retained)" : "";
    console.log(`${message.topic}${retained}: ${message.text()}`);
  }
} finally {
  await client.disconnect(); // a refused subscription leaves the connection open
}

/** Prints losses and new connections. It does not keep the process alive. */
async function report() {
  for await (const event of client.connectionEvents()) {
    if (event.state === "reconnecting")
      console.error(`${event.error.message} (${event.error.code}); once more in ${event.delay.toFixed(2)} s`);
    else if (event.state === "connected") console.error(`connected to ${client.broker}`);
  }
}
