// Node-RED: its runtime with a flow from `mqtt in` over a function to `mqtt out`, for MQTT 3.1.1 and 5.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inTime, killBroker, passed, restartBroker, until, url, Witness } from "./common.mjs";

const require = createRequire(import.meta.url);
const runtime = require("@node-red/runtime");
const util = require("@node-red/util");
const { hostname, port } = new URL(url);
const userDir = mkdtempSync(join(tmpdir(), "mqtt-native-node-red-"));
process.once("exit", () => rmSync(userDir, { recursive: true, force: true }));

/** A broker's configuration, and the nodes of its flow. */
const flow = (version) => [
  { id: `tab${version}`, type: "tab", label: `MQTT ${version}` },
  {
    ...{
      id: `broker${version}`,
      type: "mqtt-broker",
      broker: hostname,
      port,
      clientid: `node-red-${version}`,
    },
    ...{
      autoConnect: true,
      usetls: false,
      protocolVersion: `${version}`,
      keepalive: "60",
      cleansession: true,
    },
    ...{
      birthTopic: `birth/${version}`,
      birthQos: "1",
      birthPayload: "hello",
      birthRetain: "false",
      birthMsg: {},
    },
    ...{ closeTopic: `close/${version}`, closeQos: "1", closePayload: "bye", closeMsg: {} },
    ...{ willTopic: `will/${version}`, willQos: "1", willPayload: "lost", willMsg: {}, userProps: "" },
  },
  {
    ...{ id: `in${version}`, type: "mqtt in", z: `tab${version}`, topic: `in/${version}/+`, qos: "2" },
    ...{ datatype: "auto-detect", broker: `broker${version}`, nl: false, rap: true, rh: 0, inputs: 0 },
    wires: [[`function${version}`]],
  },
  {
    ...{ id: `function${version}`, type: "function", z: `tab${version}`, outputs: 1 },
    func: "msg.topic = msg.topic.replace('in', 'out'); msg.payload = { got: msg.payload, qos: msg.qos }; return msg;",
    wires: [[`out${version}`]],
  },
  {
    ...{ id: `out${version}`, type: "mqtt out", z: `tab${version}`, topic: "", qos: "1", retain: "false" },
    ...{ broker: `broker${version}`, wires: [] },
  },
];
const versions = [4, 5];
writeFileSync(join(userDir, "flows.json"), JSON.stringify(versions.flatMap(flow)));

const server = createServer();
const settings = {
  ...{ userDir, flowFile: "flows.json", credentialSecret: false, mqttReconnectTime: 200 },
  ...{ coreNodesDir: dirname(require.resolve("@node-red/nodes/package.json")), httpAdminRoot: false },
  ...{ telemetry: { enabled: false, updateNotification: false } },
  logging: { console: { level: "off", metrics: false, audit: false } },
};
util.init(settings);
runtime.init(settings, server);
const witness = await Witness.start();
const states = new Map();
runtime.events.on("node-status", ({ id, status }) => states.set(id, status));
await inTime("starting", runtime.start());
const inAllStates = (text) => versions.every((version) => states.get(`in${version}`)?.text?.endsWith(text));
await until("all nodes are connected", () => inAllStates("common.status.connected"));

const exercise = async () => {
  for (const version of versions) {
    await witness.publish(`in/${version}/a`, '{"number":1}', {
      qos: 2,
      properties: { userProperties: { key: "value" }, contentType: "application/json" },
    });
    const { text, properties } = await witness.saw("the result", ({ topic }) => topic === `out/${version}/a`);
    assert.deepEqual(JSON.parse(text), { got: { number: 1 }, qos: 2 });
    // The function passes the properties of MQTT 5 on.
    if (version === 5) assert.deepEqual({ ...properties.userProperties }, { key: "value" });
    await Promise.all(Array.from({ length: 100 }, (_, i) => witness.publish(`in/${version}/${i}`, `${i}`)));
    await witness.saw("the last result", ({ topic }) => topic === `out/${version}/99`);
  }
};
await exercise();

witness.messages.length = 0;
await killBroker();
await until("all nodes are connecting", () => inAllStates("common.status.connecting"));
await restartBroker();
await until(
  "all nodes are connected again",
  () => witness.connected && inAllStates("common.status.connected"),
);
for (const version of versions)
  await until("the flow works again", async () => {
    await witness.publish(`in/${version}/probe`, "");
    return witness.messages.some(({ topic }) => topic === `out/${version}/probe`);
  });
await exercise();

witness.messages.length = 0;
await inTime("stopping", runtime.stop());
for (const version of versions)
  await witness.saw("the message at the end", ({ topic }) => topic === `close/${version}`);
assert(!witness.messages.some(({ topic }) => topic.startsWith("will/")));
await witness.end();
passed();
