// zigbee2mqtt: its MQTT class with its settings and its event bus.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inTime, killBroker, passed, restartBroker, until, url, Witness } from "./common.mjs";

const data = mkdtempSync(join(tmpdir(), "mqtt-native-zigbee2mqtt-"));
process.once("exit", () => rmSync(data, { recursive: true, force: true }));
process.env.ZIGBEE2MQTT_DATA = data;
writeFileSync(
  join(data, "configuration.yaml"),
  [
    "mqtt:",
    "  base_topic: zigbee2mqtt",
    `  server: ${url}`,
    "  version: 5",
    "  keepalive: 60",
    "serial:",
    "  port: /dev/null",
    "advanced:",
    "  log_output: []",
  ].join("\n"),
);

const require = createRequire(import.meta.url);
const load = (name) => require(`zigbee2mqtt/dist/${name}`).default;
const logger = load("util/logger");
const settings = require("zigbee2mqtt/dist/util/settings");
settings.reRead();
logger.init();
const EventBus = load("eventBus");
const Mqtt = load("mqtt");

const witness = await Witness.start();
const eventBus = new EventBus();
const received = [];
eventBus.onMQTTMessage({}, ({ topic, message }) => received.push([topic, message]));
const mqtt = new Mqtt(eventBus);
await inTime("connecting", mqtt.connect());
assert.equal(mqtt.isConnected(), true);
assert.deepEqual(mqtt.info, { version: 5, server: url });
assert.deepEqual(mqtt.stats, { connected: true, queued: 0 });
await witness.saw(
  "that it is online",
  ({ topic, text }) => topic === "zigbee2mqtt/bridge/state" && /online/.test(text),
);

const exercise = async () => {
  await witness.publish("zigbee2mqtt/lamp/set", '{"state":"ON"}');
  await until("the command arrived", () => received.some(([topic]) => topic === "zigbee2mqtt/lamp/set"));
  received.length = 0;
  await inTime(
    "publishing",
    mqtt.publish("lamp", '{"state":"ON"}', { clientOptions: { qos: 1, retain: true } }),
  );
  const { text } = await witness.saw("the state", ({ topic }) => topic === "zigbee2mqtt/lamp");
  assert.equal(text, '{"state":"ON"}');
  // It does not receive the messages that it has published.
  assert.deepEqual(received, []);
};
await exercise();
await inTime("subscribing", mqtt.subscribe("other/topic"));
await witness.publish("other/topic", "hello");
await until("the other topic arrived", () => received.some(([topic]) => topic === "other/topic"));
await inTime("unsubscribing", mqtt.unsubscribe("other/topic"));

await killBroker();
await until("it is without a connection", () => !mqtt.isConnected());
await restartBroker();
await until("it is connected again", () => mqtt.isConnected() && witness.connected);
await witness.saw(
  "that it is online again",
  ({ topic, text }) => topic === "zigbee2mqtt/bridge/state" && /online/.test(text),
);
await until("its subscription is there again", async () => {
  await witness.publish("zigbee2mqtt/probe/get", "");
  return received.some(([topic]) => topic === "zigbee2mqtt/probe/get");
});
received.length = 0;
await exercise();
assert.equal(mqtt.stats.queued, 0);
await inTime("disconnecting", mqtt.disconnect());
await witness.saw(
  "that it is offline",
  ({ topic, text }) => topic === "zigbee2mqtt/bridge/state" && /offline/.test(text),
);
await witness.end();
passed();
