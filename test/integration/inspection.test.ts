// console.log shows the state of a client, but no secrets.

import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Client, type ClientArguments, type ClientOptions } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { RecordingLogger } from "../support/recording-logger.ts";

test("inspect shows a connected client's state, broker, identifier, counters and own members", async () => {
  await using all = await connected({}, { identifier: "pump-7" });
  const { client } = all;
  await client.publish("t", "p", { qos: 1 });
  const { port } = all.broker;
  const text = inspect(client);
  expect(text).toMatch(
    new RegExp(`^Client \\{\\n {2}state: 'connected',\\n {2}broker: 'mqtt://127.0.0.1:${port}',\\n`),
  );
  expect(text).toContain("  identifier: 'pump-7',\n");
  expect(text).toContain(`  statistics: ${inspect(client.statistics).replaceAll("\n", "\n  ")}`);
  expect(text).toContain("  messages: Messages { length: 0 }\n");
  await client.disconnect();
  expect(inspect(client)).toContain("state: 'disconnected'");
  class Meter extends Client {
    unit = "kWh";
  }
  expect(inspect(new Meter("localhost"))).toMatch(/^Meter \{[\s\S]*unit: 'kWh'/);
});

test("inspect shows that a client is connecting", async () => {
  const client = new Client("127.0.0.1", 1);
  const connecting = client.connect();
  expect(inspect(client)).toContain("state: 'connecting'");
  await expect(connecting).rejects.toMatchObject({ code: "ECONNREFUSED" });
});

describe("the broker in the output of inspect", () => {
  test.each<[args: ClientArguments, url: string]>([
    [["broker"], "mqtt://broker:1883"],
    [["::1", 1884], "mqtt://[::1]:1884"],
    [["mqtts://broker"], "mqtts://broker:8883"],
    [["ssl://broker:1"], "mqtts://broker:1"],
    [["broker", 1, { tlsContext: {} }], "mqtts://broker:1"],
    [["ws://broker"], "ws://broker:80/mqtt"],
    [["wss://broker/ws?token=hunter2"], "wss://broker:443/ws"],
    [["unix:/run/broker.sock"], "unix:/run/broker.sock"],
    [["unix:@broker"], "unix:@broker"],
  ])("inspect shows the broker of %j as %s", (args, url) => {
    expect(inspect(new Client(...args))).toContain(`  broker: '${url}',\n`);
  });
});

test("inspect shows no secrets", () => {
  const options: ClientOptions = {
    username: "me",
    password: "hunter2",
    websocketHeaders: { Authorization: "Bearer hunter2" },
    tlsContext: { passphrase: "hunter2", pfx: Buffer.from("hunter2") },
    proxy: { proxyType: "socks5", proxyAddr: "proxy", proxyUsername: "me", proxyPassword: "hunter2" },
    will: { topic: "t", payload: "hunter2" },
    logger: new RecordingLogger(),
  };
  const clients = [
    new Client("ws://broker", options),
    new Client("wss://me:hunter2@broker/ws?token=hunter2"),
    new Client("broker", 1883, { transport: "websockets", websocketPath: "/ws?token=hunter2" }),
  ];
  for (const client of clients)
    for (const depth of [0, 2, null])
      expect(inspect(client, { depth, showHidden: true })).not.toMatch(/hunter2|Authorization/);
});
