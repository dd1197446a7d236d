// `mqtt-native bench`, as a process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const program = fileURLToPath(new URL("../../../dist/cli/bin.js", import.meta.url));

/** Starts a measurement. */
function start(...words: string[]) {
  const child = spawn(process.execPath, [program, "bench", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const texts = { stdout: "", stderr: "" };
  child.stdout.on("data", (bytes) => {
    texts.stdout += bytes;
  });
  child.stderr.on("data", (bytes) => {
    texts.stderr += bytes;
  });
  const ended = once(child, "close").then(([code, signal]) => ({ code, signal, ...texts }));
  return { child, ended };
}

const run = (...words: string[]) => start(...words).ended;

describe("each mode measures", () => {
  test.each([
    ["pub", ["-q", "1"], { mode: "pub", clients: 1, qos: 1, size: 64 }],
    ["pub", ["--clients", "3", "--rate", "300", "--size", "0"], { mode: "pub", clients: 3, qos: 0, size: 0 }],
    ["fan-in", ["--clients", "3", "-q", "2", "-M", "5"], { mode: "fan-in", clients: 3, qos: 2 }],
    ["fan-out", ["--clients", "4", "--rate", "100"], { mode: "fan-out", clients: 4, qos: 0 }],
    ["rtt", ["--clients", "2", "-q", "1", "-V", "5", "-D", "publish", "content-type", "a"], { mode: "rtt" }],
  ])("%s %j", async (mode, words, expected) => {
    await using broker = await startMosquitto({
      config: ["max_queued_messages 0", "max_inflight_messages 0"],
    });
    const { code, stdout } = await run(mode, ...words, "-L", broker.url, "--duration", "500ms", "--json");
    const summary = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(summary).toMatchObject(expected);
    expect(Object.keys(summary)).toEqual([
      ...["mode", "clients", "qos", "size", "seconds", "messages", "rate", "latency"],
    ]);
    const { unit, p50, p90, p99, p999, max } = summary.latency;
    expect(unit).toBe("us");
    expect([p50, p90, p99, p999, max].toSorted((a, b) => a - b)).toEqual([p50, p90, p99, p999, max]);
    expect(summary.messages).toBeGreaterThan(20);
    // The seconds are rounded.
    expect((summary.rate * summary.seconds) / summary.messages).toBeCloseTo(1, 2);
  });

  test("sub counts the messages of another process", async () => {
    await using broker = await startMosquitto();
    const { ended } = start("sub", "-L", broker.url, "--duration", "400ms", "--json");
    const { child: other, ended: publishing } = start(
      "pub",
      "--rate",
      "200",
      "-L",
      broker.url,
      "--duration",
      "1m",
    );
    const { code, stdout } = await ended;
    other.kill("SIGINT");
    await publishing;
    expect(code).toBe(0);
    const { messages, latency } = JSON.parse(stdout);
    expect(messages).toBeGreaterThan(20);
    expect(latency.p50).toBeLessThan(1_000_000);
  });
});

test("a stall of the broker counts for all messages that it delays", async () => {
  const held: (() => void)[] = [];
  let isStalled = true;
  await using broker = await ScriptedBroker.serving({
    PUBLISH: ({ packetId }, session) => {
      if (held.length === 0 && isStalled)
        setTimeout(() => {
          isStalled = false;
          for (const answer of held) answer();
        }, 600);
      const answer = () => session.send(session.packets.puback(packetId));
      if (isStalled) held.push(answer);
      else answer();
    },
  });
  const words = ["--rate", "100", "-q", "1", "-M", "5", "--duration", "1s", "--json"];
  const { stdout } = await run("pub", "-L", broker.url, ...words);
  const { messages, latency } = JSON.parse(stdout);
  // Sixty messages were due in the stall, though only five could be sent. They waited 300 ms on average.
  expect(messages).toBeGreaterThanOrEqual(95);
  expect(latency.p50).toBeGreaterThan(50_000);
  expect(latency.p90).toBeGreaterThan(400_000);
  expect(latency.max).toBeGreaterThan(550_000);
});

test("Ctrl-C ends a measurement with its summary and 0", async () => {
  await using broker = await ScriptedBroker.serving();
  const { child, ended } = start("pub", "-q", "1", "--rate", "100", "-L", broker.url, "--duration", "1h");
  const session = await broker.accept();
  await session.waitFor("PUBLISH");
  await session.waitFor("PUBLISH");
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(0);
  expect(stdout).toMatch(/^pub: 1 client, QoS 1, 64 B, \d/);
  expect(stdout).toMatch(/\n {2}p99\.9 /);
  // Neither stream is a terminal, so there are no colours and no live line.
  for (const control of ["\u001b", "\r"]) expect(stdout + stderr).not.toContain(control);
});

test("Ctrl-C while it connects ends with 0 and without a summary", async () => {
  await using broker = await ScriptedBroker.start();
  const { child, ended } = start("rtt", "-L", broker.url);
  await (await broker.accept()).receive("CONNECT");
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

test("a lost connection ends with the summary, the error and 1", async () => {
  await using broker = await ScriptedBroker.serving();
  const { ended } = start("pub", "-q", "1", "-L", broker.url);
  const session = await broker.accept();
  await session.waitFor("PUBLISH");
  session.reset();
  const { code, stdout, stderr } = await ended;
  expect(code).toBe(1);
  expect(stdout).toMatch(/^pub: 1 client/);
  expect(stderr).toMatch(/Error: /);
});

test("without a broker the exit code is 1, and the error names the address", async () => {
  const broker = await ScriptedBroker.start();
  await broker.stop();
  const { code, stdout, stderr } = await run("rtt", "-L", broker.url);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(new RegExp(`^Error: .*ECONNREFUSED.*${broker.port}`));
});

test("clients with an identifier of the command line have one each", async () => {
  await using broker = await ScriptedBroker.serving();
  const { child, ended } = start("pub", "-i", "me", "--clients", "2", "--rate", "10", "-L", broker.url);
  const sessions = [await broker.accept(), await broker.accept()];
  const connects = await Promise.all(sessions.map((session) => session.receive("CONNECT")));
  expect(connects.map(({ clientId }) => clientId).toSorted()).toEqual(["me-0", "me-1"]);
  await eventually(() => expect(sessions[0]?.received.length).toBeGreaterThan(1));
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
});

test("--svg writes the plot", async () => {
  await using broker = await ScriptedBroker.serving();
  const folder = mkdtempSync(join(tmpdir(), "mqtt-native-bench-"));
  try {
    const file = join(folder, "plot.svg");
    const words = ["-q", "1", "--rate", "200", "--duration", "600ms", "--svg", file];
    expect(await run("pub", "-L", broker.url, ...words)).toMatchObject({ code: 0 });
    expect(readFileSync(file, "utf8")).toMatch(
      /^<svg [^>]*aria-label="pub, 1 client, QoS 1, 64 B: [\s\S]*<\/svg>\n$/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a wrong command line names the flag and what it may be", async () => {
  const { code, stderr } = await run("rtt", "--size", "4");
  expect(code).toBe(1);
  expect(stderr).toContain("--size must be at least 16 with rtt");
});
