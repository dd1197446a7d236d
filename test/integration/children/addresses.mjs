// addresses.mjs <host>: in a network of its own: a broker, and a client that knows it by this name. Prints the
// name's addresses in the system's order, and what came of it.

import { lookup } from "node:dns/promises";
import { Client } from "../../../dist/index.js";
import { startBroker } from "../../../scripts/broker.mjs";

const [host] = process.argv.slice(2);
const addresses = await lookup(host, { all: true, order: "verbatim" });
console.log(addresses.map(({ address }) => address).join());
const broker = await startBroker();
const client = await Client.connect(host, Number(new URL(broker.url).port), { timeout: 20 });
await client.publish("there", "", { qos: 1 });
await client.disconnect();
await broker.stop();
console.log("published");
