// async-mqtt: promises over the client, and its forwarded members.

import assert from "node:assert/strict";
import { once } from "node:events";
import asyncMqtt from "async-mqtt";
import { inTime, killBroker, passed, restartBroker, until, url, Witness } from "./common.mjs";

const { AsyncClient, connect, connectAsync } = asyncMqtt;
const witness = await Witness.start();
const client = await inTime("connecting", connectAsync(url, { reconnectPeriod: 200, clientId: "async" }));
assert(client instanceof AsyncClient);
assert.equal(client.connected, true);
assert.equal(client.reconnecting, false);

const received = [];
client.on("message", (topic, payload) => received.push([topic, payload.toString()]));
const granted = await inTime("subscribing", client.subscribe(["a/+", "b"], { qos: 1 }));
assert.deepEqual(
  granted.map(({ topic, qos }) => [topic, qos]),
  [
    ["a/+", 1],
    ["b", 1],
  ],
);
const exercise = async () => {
  received.length = 0;
  for (const qos of [0, 1, 2])
    await inTime(`publishing at QoS ${qos}`, client.publish(`a/${qos}`, `text ${qos}`, { qos }));
  await until("all messages came back", () => received.length === 3);
  assert.deepEqual(
    received.toSorted(),
    [0, 1, 2].map((qos) => [`a/${qos}`, `text ${qos}`]),
  );
  await witness.saw("the publish of QoS 2", ({ topic }) => topic === "a/2");
};
await exercise();
assert(client.getLastMessageId() > 0);

// The members that forward to the client.
const handled = [];
const { handleMessage } = client;
client.handleMessage = (packet, callback) => {
  handled.push(packet.topic);
  callback();
};
await witness.publish("b", "handled");
await until("handleMessage was called", () => handled.includes("b"));
client.handleMessage = handleMessage;
const listener = () => {};
client.prependOnceListener("close", listener);
assert(client.rawListeners("close").length > 0);
assert(client.eventNames().includes("message"));
client.removeListener("close", listener);

const offline = once(client, "offline");
await killBroker();
await inTime("the event offline", offline);
const queued = client.publish("a/1", "while away", { qos: 1 });
assert.equal(client.connected, false);
const connected = once(client, "connect");
await restartBroker();
await inTime("connecting again", connected);
await inTime("the publish that waited", queued);
await until("the witness is back", () => witness.connected);
await exercise();

await inTime("unsubscribing", client.unsubscribe("a/+"));
const other = connect(url);
await once(other, "connect");
await inTime("ending", Promise.all([client.end(), other.end()]));
await assert.rejects(
  inTime("publishing after the end", client.publish("a", "b", { qos: 1 })),
  /disconnecting/,
);
const reconnected = once(client, "connect");
client.reconnect();
await inTime("reconnecting after the end", reconnected);
await inTime("subscribing again", client.subscribe("a/+", { qos: 1 }));
await exercise();
await inTime("ending again", client.end());
await witness.end();
passed();
