const assert = require("node:assert/strict");
const mqtt = require("mqtt");
const { connect, MqttClient } = require("mqtt");

assert.equal(require("dependent"), mqtt);
assert.equal(mqtt.default.connect, connect);
assert.equal(mqtt.Client, MqttClient);

import("./mqttjs-scenario.mjs").then(async ({ scenario }) => {
  assert.equal((await import("mqtt")).connect, connect);
  await scenario(mqtt, "common");
  console.log("passed: common");
});
