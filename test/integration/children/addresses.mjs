// addresses.mjs <host> [<port>], in a network of its own: connects a client to a broker by this name. Without a port it
// starts the broker. Prints the name's addresses in the system's order, and the outcome.

import { lookup } from "node:dns/promises";
import { Client } from "../../../dist/index.js";
import { startBroker } from "../../../scripts/broker.mjs";

const [host, port] = process.argv.slice(2);
const addresses = await lookup(host, { all: true, order: "verbatim" });
console.log(addresses.map(({ address }) => address).join());
const broker = port === undefined ? await startBroker() : undefined;
try {
  const client = await Client.connect(host, Number(port ?? new URL(broker.url).port), { timeout: 20 });
  await client.publish("there", "", { qos: 1 });
  await client.disconnect();
  console.log("published");
} catch (error) {
  console.log(error.message);
} finally {
  await broker?.stop();
}
