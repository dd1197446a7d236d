// Runs one measurement: a client in a process of its own, with a broker of its own.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { complaints, program, startMockBroker } from "./broker.mjs";
import { clients as knownClients } from "./clients/index.mjs";
import { startMosquitto } from "./network/broker.mjs";
import { summary } from "./report/round-trips.mjs";

/** Seconds that a measurement may exceed its own time before it is killed. */
const patience = 45;

/**
 * Resolves with the figures of a client in a case. Rejects when the client or the broker reports a fault. `network` is
 * a result of createNetwork, for cases that need it. `before` is the folder of the build that --compare names.
 */
export async function measure(client, testCase, { network, before, ...times }) {
  const { share = 1 } = testCase;
  const [seconds, warmUpSeconds] = [times.seconds * share, times.warmUpSeconds * share];
  const broker = await (testCase.network
    ? startMosquitto(network, testCase)
    : startMockBroker({ tls: testCase.tls }));
  const job = { client, before, broker: broker.address, testCase, seconds, warmUpSeconds };
  const { child, outcome } = knownClients[client].program ? startProgram(job) : startNode(job);
  const timer = setTimeout(() => child.kill("SIGKILL"), 1000 * (patience + 10 * seconds));
  const [code, signal] = await once(child, "close");
  clearTimeout(timer);
  const report = await broker.finish();
  const { result, words } = outcome();
  const seen = report.violations.map((text) => `; the broker saw: ${text}`).join("");
  if (signal === "SIGKILL") throw new Error(`no end in sight${seen}`);
  if (code !== 0 || !result) throw new Error(`ended with ${signal ?? code}: ${words}${seen}`);
  const found = testCase.network ? report.violations : complaints(report, result);
  if (found.length > 0) throw new Error(found.join("; "));
  return result.times ? summary(result) : result;
}

function startNode(job) {
  const child = fork(fileURLToPath(new URL("measure.mjs", import.meta.url)), [JSON.stringify(job)], {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "pipe", "ipc"],
  });
  let result;
  child.once("message", (message) => {
    result = message;
  });
  const words = toWords(child.stderr);
  return { child, outcome: () => ({ result, words: words() }) };
}

function startProgram({ client, broker, testCase, seconds, warmUpSeconds }) {
  const { qos = 0, size = 16, topics = 1, clients, window = 256, paced = false } = testCase;
  const { port, process } = broker;
  const numbers = {
    port,
    broker: process,
    qos,
    size,
    topics,
    clients,
    window,
    paced: Number(paced),
    seconds,
  };
  const words = Object.entries({ ...numbers, warmUp: warmUpSeconds }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const child = spawn(program(knownClients[client].program), [testCase.kind, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const said = toWords(child.stderr);
  return { child, outcome: () => ({ result: output.endsWith("\n") && JSON.parse(output), words: said() }) };
}

/** Extracts the best explanation of a failure from the standard error of a program. */
function toWords(stream) {
  let text = "";
  stream.setEncoding("utf8").on("data", (more) => {
    text = (text + more).slice(-8192);
  });
  return () => /^\S*Error.*$/m.exec(text)?.[0] ?? text.trim().split("\n").at(-1);
}
