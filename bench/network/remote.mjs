// Runs the client at the other end of the network, bench/remote/.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boundToThisProcess } from "../../scripts/services.mjs";
import { program } from "../broker.mjs";
import { createCounters } from "./counters.mjs";
import { mostQueued, topic } from "./traffic.mjs";

/** The role of the remote client in a case: publish, receive or none. */
export const remoteKind = ({ kind }) => ({ receive: "publish", publish: "receive" })[kind];

/**
 * Resolves when the remote client is connected and, if it receives, subscribed. `finish` ends it and resolves with its
 * complaints.
 */
export async function startRemote(within, { host, port }, testCase) {
  const folder = mkdtempSync(join(tmpdir(), "mqtt-native-bench-"));
  const counters = join(folder, "counters");
  createCounters(counters);
  const words = [remoteKind(testCase), host, port, topic, testCase.qos, testCase.size, mostQueued, counters];
  const [first, ...rest] = [...within, program("remote"), ...words.map(String)];
  const [command, args] = boundToThisProcess(first, rest);
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {}); // it may have ended
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  const ended = once(child, "close");
  const finish = async () => {
    child.stdin.end();
    const [code, signal] = await ended;
    rmSync(folder, { recursive: true });
    return code === 0 ? [] : [`the remote client ended with ${signal ?? code}: ${said.trim()}`];
  };
  await Promise.race([once(child.stdout, "data"), ended]);
  if (child.exitCode === null) return { counters, finish };
  throw new Error((await finish()).join());
}
