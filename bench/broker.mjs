// The stand-in as a process.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../build/stand-in/stand-in", import.meta.url));

/** Starts a stand-in. `finish` ends it once its clients have gone, and resolves with its report. */
export async function startStandIn() {
  if (!existsSync(program))
    throw new Error("The stand-in is not built: start the benchmark with `npm run bench`");
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const ended = once(child, "close");
  while (!output.includes("\n")) await Promise.race([once(child.stdout, "data"), ended]);
  return {
    port: Number.parseInt(output, 10),
    async finish() {
      child.stdin.end();
      const [code, signal] = await ended;
      if (code !== 0) throw new Error(`The stand-in ended with ${signal ?? code}`);
      return JSON.parse(output.split("\n")[1]);
    },
  };
}

/** What the stand-in saw that it should not have seen, against what the client says it did; empty when all is well. */
export function complaints(report, result) {
  const found = report.violations.map((text) => `the broker saw: ${text}`);
  if (report.violationCount > found.length) found.push(`and ${report.violationCount - found.length} more`);
  const expect = (what, actual, expected) => {
    if (actual !== expected) found.push(`${what}: ${actual} instead of ${expected}`);
  };
  expect("connections", report.connections, result.connections);
  expect("connections ended by DISCONNECT", report.endedWithDisconnect, result.connections);
  expect("messages echoed", report.echoed, result.echoed ?? 0);
  const total = (items, key) => (items ?? []).reduce((sum, item) => sum + item[key], 0);
  expect("messages sent to the client", total(report.floods, "sent"), total(result.floods, "count"));
  expect("messages published by the client", total(report.sinks, "received"), total(result.sinks, "count"));
  return found;
}
