import assert from "node:assert/strict";
import { createRequire } from "node:module";
import dependent from "dependent";
import * as namespace from "mqtt";
import mqtt, { connect, MqttClient } from "mqtt";
import { scenario } from "./mqttjs-scenario.mjs";

const { connect: required } = createRequire(import.meta.url)("mqtt");
for (const other of [mqtt.connect, namespace.connect, namespace.default.connect, dependent.connect, required])
  assert.equal(other, connect);
assert.equal(mqtt.MqttClient, MqttClient);

await scenario(namespace, "module");
console.log("passed: module");
