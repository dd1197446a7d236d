// The commands pub and sub in the situations of a shell: pipes, signals, sessions, lost brokers, large inputs.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { Client } from "../../../lib/index.ts";
import type { Broker } from "../../../scripts/broker.mjs";
import { SANITIZED } from "../../support/child.ts";
import { KilledMosquitto } from "../../support/killed-mosquitto.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { ours, splitWords, start } from "../../support/programs.ts";

const at = ({ host, port }: { host: string; port: number }) => ["-h", host, "-p", String(port)];

const run = (broker: Pick<Broker, "host" | "port">, line: string, stdin?: string | Uint8Array) => {
  const [command = "", ...words] = splitWords(line);
  return start([...ours(command), ...at(broker), ...words], { stdin });
};

/** Returns the command line of ours for a shell. */
const forShell = (broker: Broker, command: string) =>
  [...ours(command), ...at(broker)].map((word) => `'${word}'`).join(" ");

const connect = (broker: Pick<Broker, "host" | "port">) =>
  Client.connect(broker.host, broker.port, { protocol: 5 });

/** Publishes until the broker knows a subscriber. */
async function publishToSubscriber(
  client: Client,
  topic: string,
  payload: string | Uint8Array,
): Promise<void> {
  while ((await client.publish(topic, payload, { qos: 1 })).reasonCode.value !== 0);
}

describe("sub in a pipe", () => {
  test("ends with 0 when its reader has ended", async () => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    const { ended } = start([
      "bash",
      "-c",
      `${forShell(broker, "sub")} -t a | head -1; echo "\${PIPESTATUS[0]}"`,
    ]);
    let hasEnded = false;
    ended.then(() => {
      hasEnded = true;
    });
    while (!hasEnded) await client.publish("a", "hello", { qos: 1 });
    expect((await ended).stdout).toBe("hello\n0\n");
  });

  test("is ended by a signal while its reader does not read", async () => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    const line = `mkfifo $0; ${forShell(broker, "sub")} -t a > $0 & exec 3<$0; echo pid $!; wait $!; echo code $?; rm $0`;
    const fifo = `/tmp/mqtt-native-fifo-${process.pid}`;
    const shell = start(["bash", "-c", line, fifo]);
    await shell.said(/pid \d+\n/);
    await publishToSubscriber(client, "a", new Uint8Array(300_000));
    const { stdout } = await endedByInterrupt(shell);
    expect(stdout).toContain("code 130\n");
  });
});

/** Interrupts the process whose identifier a shell has printed, again and again, until the shell has ended. */
async function endedByInterrupt(shell: ReturnType<typeof start>) {
  const ended = shell.ended;
  let hasEnded = false;
  ended.then(() => {
    hasEnded = true;
  });
  await shell.said(/pid (\d+)\n/);
  const children = readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, "utf8").trim().split(" ");
  while (!hasEnded) {
    for (const child of children) tryKill(Number(child));
    await new Promise((resolve) => setImmediate(resolve));
  }
  return await ended;
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGINT");
  } catch {
    // It has ended.
  }
}

describe("a signal", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends sub with 0, and the broker publishes its will",
    async (signal) => {
      await using broker = await startMosquitto();
      await using client = await connect(broker);
      await client.subscribe("will");
      const sub = run(broker, "sub -t a -v -V 5 --will-topic will --will-payload bye");
      await publishToSubscriber(client, "a", "hello");
      await sub.said(/a hello\n/);
      sub.kill(signal);
      expect(await sub.ended).toMatchObject({ code: 0, stderr: "" });
      expect((await client.messages.next({ timeout: 5 })).value?.text()).toBe("bye");
    },
  );

  test("ends sub with 255 before there is a connection", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const sub = run({ host: "127.0.0.1", port }, "sub -t a");
    const [socket] = await once(server, "connection");
    await once(socket, "data");
    sub.kill("SIGINT");
    expect(await sub.ended).toMatchObject({ code: 255, stderr: "" });
    socket.destroy();
    server.close();
  });

  test("ends pub as any program", async () => {
    await using broker = await startMosquitto();
    const pub = run(broker, "pub -t a -m x --repeat 2 --repeat-delay 60 --json");
    await pub.said(/reasonCode/);
    pub.kill("SIGINT");
    expect(await pub.ended).toMatchObject({ code: null, signal: "SIGINT" });
  });
});

describe("a session", () => {
  test.each([1, 2])("keeps the messages of QoS %d that sub -C has not printed", async (qos) => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    const sub = (more: string) => run(broker, `sub -t a -q ${qos} -c -i session ${more}`).ended;
    await sub("-E");
    for (const payload of "12345") await client.publish("a", payload, { qos: 2 });
    expect((await sub("-C 2")).stdout).toBe("1\n2\n");
    expect((await sub("-C 1")).stdout).toBe("3\n");
    expect(await sub("-C 9 -W 1")).toMatchObject({ code: 27, stdout: "4\n5\n", stderr: "Timed out\n" });
  });
});

describe("a broker that ends", () => {
  test("is connected to again by sub, which says so", async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const sub = run(broker, "sub -t a -C 2");
    await publishOnce(broker, "one");
    await sub.said(/one\n/);
    await broker.kill();
    await broker.restart();
    await publishOnce(broker, "two");
    const { code, stdout, stderr } = await sub.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: "one\ntwo\n" });
    expect(stderr).toMatch(/^Warning: No connection \(.*\)\. The next attempt is in 1 s\.\n/);
  });

  test("ends sub --no-reconnect with 7", async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const sub = run(broker, "sub -t a --no-reconnect");
    await publishOnce(broker, "one");
    await sub.said(/one\n/);
    await broker.kill();
    expect(await sub.ended).toMatchObject({
      code: 7,
      stderr: expect.stringContaining("Error: The connection was lost."),
    });
  });

  test("lets a signal end sub with 0 between two attempts", async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const sub = run(broker, "sub -t a");
    await publishOnce(broker, "one");
    await sub.said(/one\n/);
    await broker.kill();
    await sub.said(/The next attempt/);
    sub.kill("SIGINT");
    expect(await sub.ended).toMatchObject({ code: 0, stdout: "one\n" });
  });

  test("is connected to again by pub --reconnect, and ends pub with 7", async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const line = "pub -t a -m x -q 1 --json --repeat 2 --repeat-delay 1";
    const [lasting, other] = [run(broker, `${line} --reconnect`), run(broker, line)];
    await Promise.all([lasting.said(/"mid"/), other.said(/"mid"/)]);
    await broker.kill();
    expect(await other.ended).toMatchObject({ code: 7 });
    await broker.restart();
    const { code, stdout } = await lasting.ended;
    expect({ code, messages: stdout.match(/"reasonCode":0/g)?.length }).toEqual({ code: 0, messages: 2 });
  });

  test("loses no line of pub -l at QoS 0 that is read meanwhile", async () => {
    await using broker = await KilledMosquitto.start({ persistence: false });
    const pub = start([...ours("pub"), ...at(broker), "-t", "a", "-l", "--json"], { isOpen: true });
    pub.stdin?.write("one\n");
    await pub.said(/"mid"/);
    await broker.kill();
    await pub.said(/The next attempt/);
    pub.stdin?.end("two\nthree\n");
    pub.kill("SIGSTOP"); // until somebody has subscribed
    await broker.restart();
    await using client = await connect(broker);
    await client.subscribe("a");
    pub.kill("SIGCONT");
    expect((await client.messages.next({ timeout: 5 })).value?.text()).toBe("two");
    expect((await client.messages.next({ timeout: 5 })).value?.text()).toBe("three");
    expect(await pub.ended).toMatchObject({ code: 0 });
  });
});

/** Publishes a message to a subscriber of the topic a. */
async function publishOnce(broker: KilledMosquitto, payload: string): Promise<void> {
  await using client = await connect(broker);
  await publishToSubscriber(client, "a", payload);
}

describe("a large input", () => {
  test.skipIf(SANITIZED)("is published by line in constant memory", async () => {
    await using broker = await startMosquitto();
    const pub = start([...ours("pub"), ...at(broker), "-t", "a", "-l", "-q", "1"], { isOpen: true });
    const { stdin } = pub;
    if (!stdin) throw new Error("no standard input");
    const megabyte = Buffer.from(`${"x".repeat(1023)}\n`.repeat(1024));
    for (let i = 0; i < 60; i++) if (!stdin.write(megabyte)) await once(stdin, "drain");
    const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pub.pid}/status`, "utf8")) ?? [];
    stdin.end();
    expect(await pub.ended).toMatchObject({ code: 0, stderr: "" });
    expect(Number(peak) / 1024).toBeLessThan(MOST_MEMORY);
  });
});

/** MiB. Node.js itself needs about 60. */
const MOST_MEMORY = 160;

describe("an output as JSON", () => {
  test("has an object for each message", async () => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    const sub = run(broker, "sub -t a -C 2 -q 1 --json -V 5");
    await publishToSubscriber(client, "a", "text");
    const properties = { contentType: "x", correlationData: Buffer.from([255]) };
    await client.publish("a", Buffer.from([255]), { qos: 1, properties });
    const [first, second] = (await sub.ended).stdout
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(first).toEqual({ topic: "a", qos: 1, retain: false, payload: "text", time, mid: 1 });
    expect(second).toMatchObject({
      payloadBase64: "/w==",
      properties: { contentType: "x", correlationDataBase64: "/w==" },
    });
  });

  test("has an object for each publish", async () => {
    await using broker = await startMosquitto();
    const { stdout } = await run(broker, "pub -t a -m x -q 1 --json -V 5").ended;
    expect(JSON.parse(stdout)).toEqual({ topic: "a", qos: 1, mid: expect.any(Number), reasonCode: 16 });
  });
});

describe("a defect of mosquitto's clients", () => {
  test("--random-filter 100 prints all messages", async () => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    const sub = run(broker, "sub -t a -C 50 --random-filter 100");
    await publishToSubscriber(client, "a", "0");
    for (let i = 1; i < 50; i++) await client.publish("a", String(i));
    expect((await sub.ended).stdout.trim().split("\n")).toHaveLength(50);
  });

  test("-R --remove-retained removes without printing", async () => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    await client.publish("a", "old", { qos: 1, retain: true });
    expect((await run(broker, "sub -t a -C 1 -R --remove-retained -v -V 5").ended).stdout).toBe("a (null)\n");
    expect(await run(broker, "sub -t a -C 1 -W 1").ended).toMatchObject({ code: 27, stdout: "" });
  });

  test("-m with bytes that are not UTF-8 publishes these bytes", async () => {
    await using broker = await startMosquitto();
    await using client = await connect(broker);
    await client.subscribe("a");
    await start(["bash", "-c", `${forShell(broker, "pub")} -t a -m $'\\xff\\x01'`]).ended;
    expect((await client.messages.next({ timeout: 5 })).value?.payload).toEqual(Buffer.from([255, 1]));
  });
});

test.each([
  ["pub", "-m x"],
  ["sub", "-E"],
])("%s refuses a topic that is not UTF-8", async (command, more) => {
  await using broker = await startMosquitto();
  const line = `${forShell(broker, command)} -t $'a\\xff' ${more}`;
  expect(await start(["bash", "-c", line]).ended).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Error: -t must be UTF-8."),
  });
});

test("the completion of bash knows commands, flags and values", async () => {
  const complete = (words: string) =>
    `COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _mqtt_native; echo "\${COMPREPLY[*]}"`;
  const program = ours("completion")
    .map((word) => `'${word}'`)
    .join(" ");
  const lines = [
    complete("mqtt-native s"),
    complete("mqtt-native sub --retained-o"),
    complete("mqtt-native pub -V mqttv5"),
  ];
  const { stdout, stderr } = await start(["bash", "-c", `eval "$(${program} bash)"; ${lines.join("; ")}`])
    .ended;
  expect({ stdout, stderr }).toEqual({ stdout: "sub\n--retained-only\nmqttv5\n", stderr: "" });
});
