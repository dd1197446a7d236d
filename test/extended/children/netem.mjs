// netem.mjs: exchanges messages with a broker in a network of its own that loses, delays and reorders packets. Prints
// how many messages of each QoS arrived.

import { Client } from "../../../dist/index.js";
import { startBroker } from "../../../scripts/broker.mjs";

const COUNT = 600;
const broker = await startBroker({ config: ["max_queued_messages 0"] });
const [receiver, sender] = await Promise.all([
  Client.connect(broker.url, { timeout: 60 }),
  Client.connect(broker.url, { timeout: 60 }),
]);
await receiver.subscribe("t/+", { qos: 2 });
const calls = Array.from({ length: COUNT }, (_, number) =>
  sender.publish(`t/${number % 3}`, `${number} ${"x".repeat(number * 10)}`, { qos: number % 3 }),
);
const received = [[], [], []];
for (let count = 0; count < COUNT; count++) {
  const { value } = await receiver.messages.next({ timeout: 60 });
  const [number, filler] = value.text().split(" ");
  if (filler.length !== number * 10) throw new Error(`message ${number} has ${filler.length} bytes`);
  received[value.qos].push(Number(number));
}
await Promise.all(calls);
await Promise.all([receiver.disconnect(), sender.disconnect()]);
await broker.stop();
const inOrder = (numbers) => numbers.every((number, index) => index === 0 || number > numbers[index - 1]);
console.log(received.map((numbers) => `${numbers.length}${inOrder(numbers) ? "" : " out of order"}`).join());
