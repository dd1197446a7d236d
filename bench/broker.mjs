// Starts the mock broker as a process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The path of a program that the benchmark builds. */
export const program = (name) => fileURLToPath(new URL(`../build/bench/bin/${name}`, import.meta.url));

/** Starts a mock broker. `finish` ends it after its clients have disconnected, and resolves with its report. */
export async function startMockBroker({ tls = false } = {}) {
  if (!existsSync(program("mock-broker")))
    throw new Error("The mock broker is not built: start the benchmark with `npm run bench`");
  const folder = tls ? mkdtempSync(join(tmpdir(), "mqtt-native-bench-")) : undefined;
  const certificate = folder && join(folder, "certificate.pem");
  const child = spawn(program("mock-broker"), tls ? ["--tls", certificate] : [], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const ended = once(child, "close");
  while (!output.includes("\n") && child.exitCode === null)
    await Promise.race([once(child.stdout, "data"), ended]);
  const ca = certificate && readFileSync(certificate, "utf8");
  if (folder) rmSync(folder, { recursive: true });
  return {
    /** The data that a client needs for connecting. */
    address: { port: Number.parseInt(output, 10), process: child.pid, ca },
    async finish() {
      child.stdin.end();
      const [code, signal] = await ended;
      if (code !== 0) throw new Error(`The mock broker ended with ${signal ?? code}`);
      return JSON.parse(output.split("\n")[1]);
    },
  };
}

/** Compares the mock broker's report with the client's result. Returns one sentence for each deviation. */
export function complaints(report, result) {
  const found = report.violations.map((text) => `the broker saw: ${text}`);
  if (report.violationCount > found.length) found.push(`and ${report.violationCount - found.length} more`);
  const expect = (what, actual, expected = 0) => {
    if (actual !== expected) found.push(`${what}: ${actual} instead of ${expected}`);
  };
  const total = (items, key) => items.reduce((sum, item) => sum + item[key], 0);
  expect("connections", report.connections, result.connections);
  expect("connections ended by DISCONNECT", report.endedWithDisconnect, result.connections);
  expect("messages echoed", report.echoed, result.echoed);
  expect("messages sent to the client", total(report.floods, "sent"), result.received);
  expect("messages published by the client", total(report.sinks, "received"), result.published);
  return found;
}
