import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { runChild, runScript } from "../support/child.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const example = (name: string) => `../../../examples/${name}`;

test("publish.mjs publishes a message", async () => {
  await using broker = await startMosquitto();
  const client = await Client.connect(broker.url);
  await client.subscribe("plant/#", { qos: 1 });
  expect(await runChild(example("publish.mjs"), [broker.url, "plant/a", "21.5"])).toMatchObject({
    code: 0,
    stderr: "",
  });
  const { value } = await client.messages.next({ timeout: 5 });
  expect([value?.topic.value, value?.text()]).toEqual(["plant/a", "21.5"]);
  await client.disconnect();
});

test.each(["request-response.mjs", "worker-pool.mjs", "worker-threads.mjs"])(
  "%s runs to its end",
  async (name) => {
    await using broker = await startMosquitto();
    const ended = await runChild(example(name), [broker.url]);
    expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
    expect(ended.lines.length).toBeGreaterThan(0);
  },
);

test("main.mjs loses no message", async () => {
  await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
  const ended = await runChild(example("main.mjs"), [broker.url, "--messages", "2000"]);
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  expect(ended.lines.filter((line) => line.endsWith("lost 0"))).toHaveLength(3);
});

test("batch-writer.mjs stores each message although it is killed", async () => {
  await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-example-"));
  const file = join(directory, "readings");
  const path = fileURLToPath(new URL("../../examples/batch-writer.mjs", import.meta.url));
  const stored = async () => new Set((await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1));
  const start = () =>
    spawn(process.execPath, [path, broker.url, file], { stdio: ["ignore", "pipe", "inherit"] });
  await using client = await Client.connect(broker.url);
  let child = start();
  await eventually(async () => {
    await client.publish("plant/0/reading", 0, { qos: 1 });
    expect((await stored()).size).toBe(1);
  });
  client.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  const calls = Array.from({ length: 2_000 }, (_, number) =>
    client.publish(`plant/${number}/reading`, number, { qos: 1 }),
  );
  await eventually(async () => expect((await stored()).size).toBeGreaterThan(100));
  child.kill("SIGKILL");
  await Promise.all(calls);
  child = start();
  await eventually(async () => expect((await stored()).size).toBe(2_000));
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  await rm(directory, { recursive: true });
});

test("subscribe.mjs prints messages until it is interrupted", async () => {
  await using broker = await startMosquitto();
  const path = fileURLToPath(new URL("../../examples/subscribe.mjs", import.meta.url));
  const child = spawn(process.execPath, [path, broker.url, "plant/#"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const client = await Client.connect(broker.url);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  // The message is retained, so that the subscriber gets it even if it subscribes later.
  await client.publish("plant/a", "21.5", { qos: 1, retain: true });
  while (!printed.includes("21.5")) await once(child.stdout, "data");
  child.kill("SIGINT");
  await once(child, "exit");
  expect(printed).toContain("plant/a");
  await client.disconnect();
});

test("subscribe.mjs ends with the reason when the broker refuses", async () => {
  await using broker = await ScriptedBroker.serving({
    SUBSCRIBE: ({ packetId }, session) => session.send(session.packets.suback(packetId, [0x80])),
  });
  const ended = await runChild(example("subscribe.mjs"), [broker.url, "plant/#"]);
  expect(ended).toMatchObject({ code: 1, lines: [], stderr: expect.stringContaining("[code:128]") });
  expect(broker.sessions.map(({ received }) => received.at(-1)?.type)).toEqual(["DISCONNECT"]);
});

test("subscribe.mjs goes on after losses, and subscribes again", async () => {
  await using broker = await ScriptedBroker.serving({
    SUBSCRIBE: ({ packetId }, session) => {
      const number = broker.sessions.length;
      if (number === 1) return session.reset(); // before the answer
      const message = { topic: "plant/a", payload: `${number}` };
      session.send(session.packets.suback(packetId, [1]), session.packets.publish(message));
      if (number === 2) session.reset();
    },
  });
  const path = fileURLToPath(new URL("../../examples/subscribe.mjs", import.meta.url));
  const child = spawn(process.execPath, [path, broker.url, "plant/#"], { stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  let reported = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    reported += text;
  });
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
  });
  while (!printed.includes("plant/a: 3")) await once(child.stdout, "data");
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(reported).toMatch(
    /\(CONNECTION_LOST\); once more in .*connected to .*\(CONNECTION_LOST\); once more/s,
  );
});

test("subscribe.ts is compiled by its own configuration, and prints five messages", async () => {
  await using broker = await ScriptedBroker.serving({
    SUBSCRIBE: ({ packetId }, session) =>
      session.send(
        session.packets.suback(packetId, [1]),
        ...Array.from({ length: 6 }, () => session.packets.publish({ topic: "plant/a", payload: "21.5" })),
      ),
  });
  const compiler = new URL("../../node_modules/typescript/bin/tsc", import.meta.url);
  const examples = fileURLToPath(new URL("../../examples", import.meta.url));
  expect(await runScript(compiler, ["-p", examples])).toMatchObject({ code: 0, lines: [], stderr: "" });
  const program = new URL("../../build/examples/subscribe.js", import.meta.url);
  const ended = await runScript(program, [broker.url, "plant/#"]);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.lines).toEqual([
    "subscribed to plant/#: Granted QoS 1",
    ...Array.from({ length: 5 }, () => "other, QoS 0: plant/a 4 bytes"),
  ]);
});
