import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Client, type ClientArguments } from "../../lib/index.ts";
import { takeOne } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const folder = mkdtempSync(join(tmpdir(), "mqtt-native-unix-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "a socket.sock");
const encoded = path.replaceAll(" ", "%20");

test.each<[form: string, args: ClientArguments]>([
  ["a path", [path, { transport: "unix" }]],
  ["a relative path", [relative(process.cwd(), path), { transport: "unix" }]],
  ["unix:/path", [`unix:${encoded}`]],
  ["unix:///path", [`unix://${encoded}`]],
  ["unix:relative/path", [`unix:${relative(process.cwd(), encoded)}`]],
  ["a URL", [new URL(`unix:${encoded}`)]],
])("a client connects to a Unix socket by %s", async (_form, args) => {
  await using broker = await ScriptedBroker.serving({}, { path });
  await using client = await Client.connect(...args);
  await client.publish("t", "p", { qos: 1 });
  expect(broker.sessions).toHaveLength(1);
});

/** The maximum length, to which Node 20 pads the names that it listens at. */
const abstract = `mqtt-native-${process.pid}`.padEnd(107, "\0");

test.each<[form: string, args: ClientArguments]>([
  ["@name", [`@${abstract}`, { transport: "unix" }]],
  ["NUL and name", [`\0${abstract}`, { transport: "unix" }]],
  ["unix:@name", [`unix:@${encodeURIComponent(abstract)}`]],
])("a client connects to an abstract socket by %s", async (_form, args) => {
  await using broker = await ScriptedBroker.serving({}, { path: `\0${abstract}` });
  await using client = await Client.connect(...args);
  await client.publish("t", "p", { qos: 1 });
  expect(broker.sessions).toHaveLength(1);
});

describe("Unix sockets that cannot be reached", () => {
  test.each([
    ["a missing socket", `${path}-other`, "ENOENT", `connect ENOENT ${path}-other`],
    ["a folder", folder, "ECONNREFUSED", `connect ECONNREFUSED ${folder}`],
    [
      "an unused abstract name",
      "@mqtt-native-nobody",
      "ECONNREFUSED",
      "connect ECONNREFUSED @mqtt-native-nobody",
    ],
    [
      "a path that is too long",
      `/${"x".repeat(107)}`,
      "ENAMETOOLONG",
      /^connect ENAMETOOLONG \/x+ \(connect, \/x+\)$/,
    ],
    [
      "an abstract name that is too long",
      `@${"x".repeat(108)}`,
      "ENAMETOOLONG",
      /^connect ENAMETOOLONG @x+ \(connect, @x+\)$/,
    ],
  ])("connecting to %s fails", async (_what, where, code, message) => {
    const client = new Client(where, { transport: "unix" });
    for (let attempt = 0; attempt < 2; attempt++)
      await expect(client.connect()).rejects.toMatchObject({
        name: "MqttError",
        code,
        message:
          typeof message === "string" ? `${message} (connect, ${where})` : expect.stringMatching(message),
      });
  });

  test("a client connects again when its broker listens again", async () => {
    const client = new Client(path, { transport: "unix" });
    {
      await using _broker = await ScriptedBroker.serving({}, { path });
      await client.connect();
    }
    expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
    await expect(client.connect()).rejects.toMatchObject({ code: "ENOENT" });
    await using _broker = await ScriptedBroker.serving({}, { path });
    await client.connect();
    await client.disconnect();
  });
});

test("mosquitto's Unix socket carries messages of all sizes", async () => {
  const path = join(folder, "mosquitto.sock");
  await using _broker = await startMosquitto({ config: [`listener 0 ${path}`] });
  await using client = await Client.connect(`unix:${path}`);
  await client.subscribe("t", { qos: 2 });
  for (const size of [0, 1, 70_000, 3_000_000])
    for (const qos of [0, 1, 2] as const) {
      const payload = Buffer.alloc(size, qos + 1);
      await client.publish("t", payload, { qos });
      const message = await takeOne(client);
      expect(message.payload.equals(payload)).toBe(true);
      expect(message.qos).toBe(qos);
    }
});
