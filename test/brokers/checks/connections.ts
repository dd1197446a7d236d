import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { MqttCodeError } from "mqtt-native";
import { takeOne } from "../../support/messages.ts";
import { ALL, checksOf, ONLY_5 } from "../check.ts";

const check = checksOf("Connections");

export const connections = [
  check("a client without identifier", {}, async (t) => {
    const client = await t.connect();
    if (t.is5) assert.notEqual(client.connection?.properties?.assignedClientIdentifier ?? "", "");
    await client.subscribe(t.topic());
    await client.publish(t.topic(), "x");
    await takeOne(client);
  }),

  check("an assigned identifier is used again", { versions: ONLY_5 }, async (t) => {
    const client = await t.connect({ properties: { sessionExpiryInterval: 300 } });
    const { identifier } = client;
    assert.equal(identifier, client.connection?.properties?.assignedClientIdentifier);
    await client.subscribe(t.topic(), { qos: 1 });
    await client.disconnect();
    await client.connect();
    assert.equal(client.identifier, identifier);
    assert.equal(client.connection?.sessionPresent, true);
  }),

  check("an identifier of 200 bytes", {}, async (t) => {
    const client = await t.connect(t.clean("x".repeat(200)));
    assert.equal(client.connected, true);
  }),

  check("an identifier of many scripts", {}, async (t) => {
    const client = await t.connect(t.clean("grüße-温度-🌡️"));
    assert.equal(client.connected, true);
  }),

  check("wrong credentials are refused", { versions: ALL }, async (t) => {
    await assert.rejects(
      t.connectWrongly(),
      (error) => error instanceof MqttCodeError && isRefusal(error.reasonCode.value),
    );
  }),

  check("a hundred clients at once", {}, async (t) => {
    const clients = await Promise.all(Array.from({ length: 100 }, () => t.connect()));
    await Promise.all(clients.map((client) => client.subscribe(t.topic(), { qos: 1 })));
    await clients[0]!.publish(t.topic(), "to all", { qos: 1 });
    const texts = await Promise.all(clients.map(async (client) => (await takeOne(client)).text()));
    assert.deepEqual(new Set(texts), new Set(["to all"]));
  }),

  check("a second client with the same identifier takes over", {}, async (t) => {
    const topic = t.topic();
    const first = await t.connect(t.clean("a"));
    const second = await t.connect(t.clean("a"));
    assert.ok(await first.closed, "the first one was not lost");
    await second.subscribe(topic, { qos: 1 });
    await second.publish(topic, "x", { qos: 1 });
    assert.equal((await takeOne(second)).text(), "x");
  }),

  check("the first client is told why", { versions: ONLY_5 }, async (t) => {
    const first = await t.connect(t.clean("a"));
    await t.connect(t.clean("a"));
    const error = await first.closed;
    assert.equal(error instanceof MqttCodeError && error.reasonCode.value, 0x8e);
  }),

  check("a takeover of a persistent session keeps it", {}, async (t) => {
    const topic = t.topic();
    const first = await t.connect(t.persistent("a"));
    await first.subscribe(topic, { qos: 1 });
    const second = await t.connect(t.persistent("a"));
    assert.ok(await first.closed);
    assert.equal(second.connection?.sessionPresent, true);
    await second.publish(topic, "x", { qos: 1 });
    assert.equal((await takeOne(second)).text(), "x");
  }),

  check("an idle connection is kept alive", { versions: ALL }, async (t) => {
    const client = await t.connect({ keepalive: 2 });
    await client.subscribe(t.topic(), { qos: 1 });
    await delay(6_500);
    await client.publish(t.topic(), "x", { qos: 1 });
    assert.equal((await takeOne(client)).text(), "x");
    assert.equal(client.statistics.connects, 1);
  }),

  check("a blocked event loop costs no connection", {}, async (t) => {
    const script = resolve("test/brokers/children/blocked.mjs");
    const { username = "", password = "" } = t.broker.kind.credentials ?? {};
    const child = spawn(
      process.execPath,
      [script, t.url(), t.column.protocol, t.topic(), username, password],
      {
        stdio: ["ignore", "inherit", "inherit"],
      },
    );
    const [code] = await once(child, "exit");
    assert.equal(code, 0);
  }),

  check("the server's keep alive holds", { versions: ONLY_5, needs: ["server keep alive"] }, async (t) => {
    const client = await t.connect({ keepalive: 65_535 });
    const { serverKeepAlive } = client.connection?.properties ?? {};
    assert.ok(serverKeepAlive !== undefined && serverKeepAlive < 65_535);
  }),
];

/** The codes for credentials: MQTT 5, table 3-1, to which those of 3.x are mapped. */
const isRefusal = (code: number) => [0x86, 0x87].includes(code);
